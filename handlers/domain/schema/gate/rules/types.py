"""Types, enums, domains and casts: what blue writes may be refused, what it reads be new to it."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import dotted, ident, parts, strings
from handlers.domain.schema.gate.rules.rule import Case, Judge, Risk, Rule, nothing
from handlers.domain.schema.gate.rules.tree import cited
from handlers.domain.schema.gate.rules.waiting import TABLE_SCAN

ADD_ENUM_VALUE = Rule("add-enum-value", "REVIEW", "blue may read a value that it does not know")
RENAME_ENUM_VALUE = Rule("rename-enum-value", "REFUSE", "blue writes a value that is gone")
DOMAIN_BINDS_BLUE = Rule(
    "domain-binds-blue", "REVIEW", "a domain refuses values that blue may write"
)
LOOSEN_DOMAIN = Rule("loosen-domain", "REVIEW", "blue may read a value that a domain ruled out")
IMPLICIT_CAST = Rule("implicit-cast", "REVIEW", "blue's expressions may be read in another way")
CHANGE_TYPE = Rule("change-type", "REVIEW", "a type, operator or the like works otherwise")
RULES = (
    ADD_ENUM_VALUE,
    RENAME_ENUM_VALUE,
    DOMAIN_BINDS_BLUE,
    LOOSEN_DOMAIN,
    IMPLICIT_CAST,
    CHANGE_TYPE,
)
_ADD, _NOT_NULL, _DEFAULT, _VALIDATE = "C", "O", "T", "V"


def _create(case: Case) -> Iterator[Risk]:
    node = case.node
    named = node.get("domainname") or node.get("typeName")
    key = strings(named) if named else parts(node["typevar"])
    case.release.make("type", case.release.key(key))
    return iter(())


def _define(case: Case) -> Iterator[Risk]:
    """CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and the like."""
    name = strings(case.node["defnames"])
    if case.node["kind"] == "OBJECT_TYPE":
        case.release.make("type", case.release.key(name))
    if case.node.get("replace"):
        yield CHANGE_TYPE.says(
            f"blue's use of {dotted(name)} gives other answers if it is there already",
            "let it pass if it is new; else give the new one a new name",
        )


def _enum(case: Case) -> Iterator[Risk]:
    node, name = case.node, strings(case.node["typeName"])
    if case.release.made("type", case.release.key(name)):
        return
    if "oldVal" in node:
        old, new = node["oldVal"], node["newVal"]
        yield RENAME_ENUM_VALUE.says(
            f"blue's statements that say '{old}' for {dotted(name)} fail with 22P02",
            f"ALTER TYPE {dotted(name)} ADD VALUE '{new}'; let green read both; move the rows in a "
            "backfill once blue is gone",
        )
    else:
        yield ADD_ENUM_VALUE.says(
            f"blue does not know '{node['newVal']}' when it reads what green wrote as "
            f"{dotted(name)}",
            "let it pass if blue can read a value that it does not know, or green writes none "
            "before blue is gone",
        )


def _domain(case: Case) -> Iterator[Risk]:
    node, name = case.node, strings(case.node["typeName"])
    if case.release.made("type", case.release.key(name)) or node["subtype"] == _VALIDATE:
        return
    written, binds = dotted(name), node["subtype"] in (_ADD, _NOT_NULL)
    constraint = node.get("def", {}).get("Constraint", {})
    if not binds:
        yield LOOSEN_DOMAIN.says(
            f"values of {written} may be what blue does not expect, or its default is another",
            "let it pass if blue can read them",
        )
        return
    if not constraint.get("skip_validation"):
        yield TABLE_SCAN.says(
            f"every table with a {written} is read while its writers wait", _unvalidated(case)
        )
    yield DOMAIN_BINDS_BLUE.says(
        f"blue's values of {written} that do not satisfy it are refused with 23514 or 23502",
        f"let it pass if blue writes no such value; else move it to {case.part('contract')}",
    )


def _unvalidated(case: Case) -> str:
    node, name = case.node, dotted(strings(case.node["typeName"]))
    constraint = node.get("def", {}).get("Constraint")
    if constraint is None or constraint["contype"] == "CONSTR_NOTNULL":
        called = ident(f"{strings(node['typeName'])[-1]}_not_null")
        text = f"CONSTRAINT {called} CHECK (VALUE IS NOT NULL)"
    else:
        said = cited(case.statement, constraint)
        called = ident(constraint.get("conname") or f"{strings(node['typeName'])[-1]}_check")
        text = said if "conname" in constraint else f"CONSTRAINT {called} {said}"
    return (
        f"ALTER DOMAIN {name} ADD {text} NOT VALID; ALTER DOMAIN {name} VALIDATE CONSTRAINT "
        f"{called}"
    )


def _cast(case: Case) -> Iterator[Risk]:
    if case.node.get("context") != "COERCION_EXPLICIT":
        yield IMPLICIT_CAST.says(
            "blue's expressions that were refused, or had one meaning, are now cast without a word",
            "leave out AS IMPLICIT and AS ASSIGNMENT, and let green say the cast",
        )


def _change(case: Case) -> Iterator[Risk]:
    yield CHANGE_TYPE.says(
        "blue's use of the type, operator, collation or text search gives other answers",
        "let it pass if they are the same; else make a second one for green",
    )


STATEMENTS: dict[str, Judge] = {
    "CreateEnumStmt": _create,
    "CreateDomainStmt": _create,
    "CompositeTypeStmt": _create,
    "CreateRangeStmt": _create,
    "DefineStmt": _define,
    "AlterEnumStmt": _enum,
    "AlterDomainStmt": _domain,
    "CreateCastStmt": _cast,
    "AlterTypeStmt": _change,
    "AlterOperatorStmt": _change,
    "AlterOpFamilyStmt": _change,
    "AlterCollationStmt": _change,
    "AlterTSConfigurationStmt": _change,
    "AlterTSDictionaryStmt": _change,
    "CreateOpClassStmt": nothing,
    "CreateOpFamilyStmt": nothing,
    "CreateConversionStmt": nothing,
    "CreateTransformStmt": nothing,
    "CreateAmStmt": nothing,
    "CreatePLangStmt": nothing,
}
