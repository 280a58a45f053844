"""ADD COLUMN: blue's INSERTs leave the column out, and some columns rewrite the whole table."""

from collections.abc import Iterator
from typing import Any

from handlers.domain.schema.gate.rules.foreign_keys import add_foreign_key
from handlers.domain.schema.gate.rules.names import ident
from handlers.domain.schema.gate.rules.rule import Change, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import cited
from handlers.domain.schema.gate.rules.type_names import type_text
from handlers.domain.schema.gate.rules.volatility import is_null, serial, volatile
from handlers.domain.schema.gate.rules.waiting import TABLE_REWRITE, TABLE_SCAN

ADD_COLUMN_NOT_NULL = Rule(
    "add-column-not-null", "REFUSE", "a new column is NOT NULL without a default: blue omits it"
)
RULES = (ADD_COLUMN_NOT_NULL,)


def add_column(change: Change) -> Iterator[Risk]:
    """Judges one ADD COLUMN; a nullable column, or one with a constant default, is safe."""
    node = change.command["def"]["ColumnDef"]
    name, type_ = node["colname"], type_text(node["typeName"])
    bound = {each["contype"]: each for each in _constraints(node)}
    if reason := _rewrites(node, bound):
        yield TABLE_REWRITE.says(
            f"{reason}, so {change.table} is written anew while every query of it waits",
            _without_rewrite(change, node, bound),
        )
    elif _required(bound):
        yield ADD_COLUMN_NOT_NULL.says(
            f"blue's INSERTs into {change.table} do not know {ident(name)} and fail with 23502",
            f"ALTER TABLE {change.table} ADD COLUMN {ident(name)} {type_} DEFAULT … "
            "NOT NULL; or add it nullable and make it NOT NULL in "
            f"{change.case.part('contract')}",
        )
    yield from _scans(change, name, bound)
    if not change.command.get("missing_ok") or _absent(change, name):
        change.make("column", name)
    if _default(bound) is not None and not _rewrites(node, bound):
        change.make("default", name)
    if "CONSTR_NOTNULL" in bound:
        change.make("required", name)
    if (key := bound.get("CONSTR_FOREIGN")) is not None:
        yield from add_foreign_key(change, key, (name,), scans=_default(bound) is not None)


def _constraints(node: Node) -> list[Node]:
    return [each["Constraint"] for each in node.get("constraints", ()) if "Constraint" in each]


def _default(bound: dict[str, Node]) -> Any:
    """The default's expression, None where there is none or it is NULL."""
    found = bound.get("CONSTR_DEFAULT")
    expression = found and found.get("raw_expr")
    return None if expression is None or is_null(expression) else expression


def _required(bound: dict[str, Node]) -> bool:
    required = "CONSTR_NOTNULL" in bound or "CONSTR_PRIMARY" in bound
    return required and _default(bound) is None and "CONSTR_GENERATED" not in bound


def _rewrites(node: Node, bound: dict[str, Node]) -> str:
    name = ident(node["colname"])
    if serial(node["typeName"]) or "CONSTR_IDENTITY" in bound:
        return f"{name} counts the rows that are there"
    generated = bound.get("CONSTR_GENERATED", {})
    if generated.get("generated_kind", "") == "s":
        return f"{name} is computed for every row and stored"
    called = volatile(_default(bound)) if _default(bound) is not None else ()
    return f"{called[0]}() is called for every row" if called else ""


def _without_rewrite(change: Change, node: Node, bound: dict[str, Node]) -> str:
    name, type_ = ident(node["colname"]), type_text(node["typeName"])
    add = f"ALTER TABLE {change.table} ADD COLUMN"
    if serial(node["typeName"]) or "CONSTR_IDENTITY" in bound:
        sequence = f"{node['colname']}_seq"
        return (
            f"CREATE SEQUENCE {ident(sequence)}; {add} {name} bigint; ALTER TABLE {change.table} "
            f"ALTER COLUMN {name} SET DEFAULT nextval('{sequence}'); "
            f"and fill the old rows in {change.case.part('backfill')}"
        )
    if "CONSTR_GENERATED" in bound:
        return (
            f"{add} {name} {type_}; a trigger that fills it, and the old rows in "
            f"{change.case.part('backfill')}; or an index on the expression"
        )
    return (
        f"{add} {name} {type_}; ALTER TABLE {change.table} ALTER COLUMN {name} SET "
        f"{cited(change.case.statement, bound['CONSTR_DEFAULT'])}; and fill the old rows in "
        f"{change.case.part('backfill')}"
    )


def _scans(change: Change, name: str, bound: dict[str, Node]) -> Iterator[Risk]:
    named = ident(f"{change.key[-1]}_{name}_check")
    alter = f"ALTER TABLE {change.table}"
    if (check := bound.get("CONSTR_CHECK")) is not None and check.get("is_enforced"):
        yield TABLE_SCAN.says(
            f"the CHECK on {ident(name)} reads all of {change.table} while every query waits",
            f"add the column without it; {alter} ADD CONSTRAINT {named} "
            f"{cited(change.case.statement, check)} NOT VALID; {alter} VALIDATE CONSTRAINT {named}",
        )
    if "CONSTR_UNIQUE" in bound or "CONSTR_PRIMARY" in bound:
        index = ident(f"{change.key[-1]}_{name}_key")
        yield TABLE_SCAN.says(
            f"the index of {ident(name)} is built while every query of {change.table} waits",
            f"add the column without it; CREATE UNIQUE INDEX CONCURRENTLY {index} ON "
            f"{change.table} ({ident(name)}); ALTER TABLE {change.table} ADD CONSTRAINT {index} "
            f"UNIQUE USING INDEX {index}",
        )


def _absent(change: Change, column: str) -> bool:
    types = change.case.release.types(change.key)
    return types is not None and column not in types
