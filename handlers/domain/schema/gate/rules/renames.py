"""RENAME and SET SCHEMA: blue goes on using the old name."""

from collections.abc import Iterator
from typing import Any

from handlers.domain.schema.gate.rules.names import dotted, ident, parts, strings, written
from handlers.domain.schema.gate.rules.routines import signature
from handlers.domain.schema.gate.rules.rule import Case, Judge, Risk, Rule

RENAME_COLUMN = Rule("rename-column", "REFUSE", "blue reads or writes a column by its old name")
RENAME_TABLE = Rule("rename-table", "REFUSE", "blue reads or writes a table by its old name")
RENAME_CONSTRAINT = Rule("rename-constraint", "REVIEW", "blue may name a constraint or trigger")
RENAME_OBJECT = Rule("rename-object", "REFUSE", "blue uses a function or type by its old name")
SET_SCHEMA = Rule("set-schema", "REFUSE", "blue looks for it in its old schema")
RULES = (RENAME_COLUMN, RENAME_TABLE, RENAME_CONSTRAINT, RENAME_OBJECT, SET_SCHEMA)

_RELATIONS = ("TABLE", "VIEW", "MATVIEW", "SEQUENCE", "FOREIGN_TABLE", "INDEX")
_NAMED_SELDOM = ("TABCONSTRAINT", "DOMCONSTRAINT", "TRIGGER", "RULE", "POLICY")


def _rename(case: Case) -> Iterator[Risk]:
    kind = case.node["renameType"].removeprefix("OBJECT_")
    if kind in ("COLUMN", "ATTRIBUTE"):
        yield from _column(case)
    elif kind in _RELATIONS:
        yield from _relation(case, kind)
    elif kind in _NAMED_SELDOM:
        yield from _seldom(case, kind)
    else:
        yield from _object(case)


def _column(case: Case) -> Iterator[Risk]:
    relation, old = case.node["relation"], case.node["subname"]
    table, key = written(relation), case.release.relation(relation)
    if case.release.new(relation):
        return
    if case.release.made("column", (*key, old)):
        case.release.rename((*key, old), (*key, case.node["newname"]))
        return
    new = ident(case.node["newname"])
    type_ = (case.release.types(key) or {}).get(old, "…")
    yield RENAME_COLUMN.says(
        f"blue's statements on {table} that name {ident(old)} fail with 42703",
        f"ALTER TABLE {table} ADD COLUMN {new} {type_}; a trigger that keeps {ident(old)} and "
        f"{new} alike; fill the old rows in {case.part('backfill')}; drop {ident(old)} in "
        f"{case.part('contract')}",
    )


def _relation(case: Case, kind: str) -> Iterator[Risk]:
    relation, new = case.node["relation"], case.node["newname"]
    key, name = case.release.relation(relation), written(relation)
    if not case.release.new(relation) and kind != "INDEX":
        view = _bridged(case, relation["relname"])
        yield RENAME_TABLE.says(
            f"blue's statements on {name} fail with 42P01"
            + (f" until the view {name} is made, which is another statement" if view else ""),
            f"leave {name} its name, CREATE VIEW {ident(new)} AS SELECT * FROM {name} for green, "
            f"and rename in {case.part('contract')}",
        )
    if case.release.new(relation):
        case.release.rename(key, (*key[:-1], new))


def _bridged(case: Case, old: str) -> bool:
    """Whether a later statement makes a view of the old name."""
    views = (each.tree["view"] for each in case.later if each.kind == "ViewStmt")
    return any(view["relname"] == old for view in views)


def _seldom(case: Case, kind: str) -> Iterator[Risk]:
    relation, old = case.node.get("relation"), case.node.get("subname", "")
    if relation is not None:
        noted = {"TABCONSTRAINT": "constraint"}.get(kind, kind.lower())
        key = (*case.release.relation(relation), old)
        if case.release.new(relation) or case.release.made(noted, key):
            case.release.rename(key, (*key[:-1], case.node["newname"]))
            return
    yield RENAME_CONSTRAINT.says(
        f"blue's ON CONFLICT ON CONSTRAINT {ident(old)}, and code that looks for that name in "
        "errors, no longer find it",
        "let it pass if blue does not name it",
    )


def _object(case: Case) -> Iterator[Risk]:
    node = case.node.get("object") or {"String": {"sval": case.node.get("subname", "")}}
    yield from _moved(case, node, case.node["renameType"], RENAME_OBJECT, "goes by another name")


def _set_schema(case: Case) -> Iterator[Risk]:
    relation = case.node.get("relation")
    schema = case.node["newschema"]
    if relation is None:
        kind = case.node["objectType"]
        yield from _moved(case, case.node["object"], kind, SET_SCHEMA, f"is in {ident(schema)} now")
        return
    key, name = case.release.relation(relation), written(relation)
    if case.release.new(relation):
        case.release.rename(key, (schema, key[-1]))
        return
    view = f"{ident(schema)}.{ident(parts(relation)[-1])}"
    yield SET_SCHEMA.says(
        f"blue's statements on {name} fail with 42P01, for it is in {ident(schema)} now",
        f"leave it, CREATE VIEW {view} AS SELECT * FROM {name} for green, and move it in "
        f"{case.part('contract')}",
    )


def _moved(case: Case, node: Any, kind: str, rule: Rule, how: str) -> Iterator[Risk]:
    """A function, type, schema, role or the like that gets another name or schema."""
    inner = next(iter(node.values()))
    name = strings(inner.get("objname") or inner.get("items") or [node])
    noted = {"OBJECT_TYPE": "type", "OBJECT_DOMAIN": "type", "OBJECT_SCHEMA": "schema"}.get(kind)
    key = tuple(name) if noted == "schema" else case.release.key(name)
    if "ObjectWithArgs" in node:
        noted, key = "function", (*key, signature(inner))
    if noted is None or not case.release.made(noted, key):
        what = kind.removeprefix("OBJECT_").replace("_", " ").lower()
        yield rule.says(
            f"blue's statements that use the {what} {dotted(name)} fail, for it {how}",
            f"make a second one for green, and {case.to_contract()}",
        )


STATEMENTS: dict[str, Judge] = {"RenameStmt": _rename, "AlterObjectSchemaStmt": _set_schema}
