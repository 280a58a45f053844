"""Composite types: blue reads and writes their values by position."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import ident, written
from handlers.domain.schema.gate.rules.rule import Case, Risk, Rule
from handlers.domain.schema.gate.rules.unknown import unknown

CHANGE_COMPOSITE = Rule(
    "change-composite", "REFUSE", "an attribute that blue reads is gone or has another type"
)
EXTEND_COMPOSITE = Rule(
    "extend-composite", "REVIEW", "values of the type have an attribute that blue does not know"
)
RULES = (CHANGE_COMPOSITE, EXTEND_COMPOSITE)


def alter(case: Case) -> Iterator[Risk]:
    """ALTER TYPE … ADD, DROP or ALTER ATTRIBUTE, or its owner."""
    relation = case.node["relation"]
    name = written(relation)
    if case.release.made("type", case.release.relation(relation)):
        return
    for each in case.node["cmds"]:
        command = each["AlterTableCmd"]
        if command["subtype"] == "AT_AddColumn":
            yield EXTEND_COMPOSITE.says(
                f"blue's ROW(…)::{name} has one value too few, and it reads one too many",
                "let it pass if blue builds and reads no such values; else make a new type",
            )
        elif command["subtype"] in ("AT_DropColumn", "AT_AlterColumnType"):
            yield CHANGE_COMPOSITE.says(
                f"blue's values of {name} have no {ident(command['name'])} any more, or another",
                "make a new type, and a column of it that green uses",
            )
        elif command["subtype"] != "AT_ChangeOwner":
            yield unknown(f"ALTER TYPE {command['subtype'].removeprefix('AT_')}")
