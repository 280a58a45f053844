"""DROP of anything: blue goes on using what is gone."""

from collections.abc import Iterator, Sequence
from typing import Any

from handlers.domain.schema.gate.rules.indexes import drop_indexes
from handlers.domain.schema.gate.rules.names import dotted, strings
from handlers.domain.schema.gate.rules.routines import signature
from handlers.domain.schema.gate.rules.rule import Case, Judge, Risk, Rule
from handlers.domain.schema.gate.rules.triggers import drop_on_table
from handlers.domain.schema.gate.rules.unknown import unknown

DROP_TABLE = Rule("drop-table", "REFUSE", "blue reads or writes a table that is gone")
DROP_VIEW = Rule("drop-view", "REFUSE", "blue reads a view that is gone, if only for a moment")
DROP_FUNCTION = Rule("drop-function", "REFUSE", "blue calls a function that is gone")
DROP_TYPE = Rule("drop-type", "REFUSE", "blue casts to a type, or uses columns of it, that is gone")
DROP_SCHEMA = Rule("drop-schema", "REFUSE", "all that blue uses in a schema is gone")
DROP_SEQUENCE = Rule("drop-sequence", "REFUSE", "blue takes numbers from a sequence that is gone")
DROP_EXTENSION = Rule("drop-extension", "REFUSE", "blue uses what the extension brought")
DROP_OBJECT = Rule("drop-object", "REFUSE", "blue uses an operator, a cast or such that is gone")
RULES = (
    DROP_TABLE,
    DROP_VIEW,
    DROP_FUNCTION,
    DROP_TYPE,
    DROP_SCHEMA,
    DROP_SEQUENCE,
    DROP_EXTENSION,
    DROP_OBJECT,
)

_SELDOM = """
    ACCESS_METHOD CAST COLLATION CONVERSION FDW FOREIGN_SERVER LANGUAGE OPCLASS OPERATOR OPFAMILY
    PUBLICATION TRANSFORM TSCONFIGURATION TSDICTIONARY TSPARSER TSTEMPLATE
"""
# By the kind of object: the rule, the kind under which a release notes it, and what blue sees.
_DROPS: dict[str, tuple[Rule, str, str]] = {
    "TABLE": (DROP_TABLE, "relation", "blue's statements on {} fail with 42P01"),
    "FOREIGN_TABLE": (DROP_TABLE, "relation", "blue's statements on {} fail with 42P01"),
    "VIEW": (DROP_VIEW, "relation", "blue's queries of {} fail with 42P01"),
    "MATVIEW": (DROP_VIEW, "relation", "blue's queries of {} fail with 42P01"),
    "SEQUENCE": (DROP_SEQUENCE, "relation", "blue's INSERTs that count by {} fail"),
    "TYPE": (DROP_TYPE, "type", "blue's casts to {} fail with 42704"),
    "DOMAIN": (DROP_TYPE, "type", "blue's casts to {} fail with 42704"),
    "SCHEMA": (DROP_SCHEMA, "schema", "everything that blue uses in {} is gone"),
    "EXTENSION": (DROP_EXTENSION, "extension", "blue's use of what {} brought fails with 42883"),
    **dict.fromkeys(
        ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"),
        (DROP_FUNCTION, "function", "blue's calls of {} fail with 42883"),
    ),
    **dict.fromkeys(
        _SELDOM.split(),
        (DROP_OBJECT, "object", "blue's statements that use {} fail or mean something else"),
    ),
}


def _drop(case: Case) -> Iterator[Risk]:
    kind = case.node["removeType"].removeprefix("OBJECT_")
    if kind == "INDEX":
        yield from drop_indexes(case)
    elif kind in ("TRIGGER", "RULE", "POLICY", "EVENT_TRIGGER"):
        yield from drop_on_table(case, kind)
    elif kind in _DROPS:
        for each in case.node["objects"]:
            yield from _one(case, kind, each)
    elif kind != "STATISTIC_EXT":
        yield unknown(f"DROP {kind}")


def _one(case: Case, kind: str, node: Any) -> Iterator[Risk]:
    rule, noted, breaks = _DROPS[kind]
    name = _name(node)
    key = _key(case, noted, node, name)
    old_table = noted == "relation" and kind in ("TABLE", "FOREIGN_TABLE")
    gone = old_table and case.node.get("missing_ok") and case.release.absent(key)
    if not case.release.made(noted, key) and not gone:
        remedy = case.to_contract()
        if rule is DROP_VIEW:
            remedy = f"CREATE OR REPLACE VIEW {dotted(name)} if it shall change; else {remedy}"
        yield rule.says(breaks.format(dotted(name)), remedy)
    case.release.unmake(noted, key)


def _key(case: Case, noted: str, node: Any, name: Sequence[str]) -> tuple[str, ...]:
    if noted == "function":
        return (*case.release.key(name), signature(node["ObjectWithArgs"]))
    if noted in ("relation", "type"):
        return case.release.key(name)
    return tuple(name)


def _name(node: Any) -> tuple[str, ...]:
    kind, inner = next(iter(node.items()))
    if kind == "String":
        return strings([node])
    if kind == "List":
        types = [each["TypeName"] for each in inner["items"] if "TypeName" in each]
        found = strings(inner["items"])
        return (*found, *(".".join(strings(each["names"])) for each in types))
    names = inner.get("objname") or inner.get("names", ())
    return strings(names)


STATEMENTS: dict[str, Judge] = {"DropStmt": _drop}
