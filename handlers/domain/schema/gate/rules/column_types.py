"""ALTER COLUMN TYPE: a rewrite or a narrowing breaks blue, a mere widening its warm connections."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import ident
from handlers.domain.schema.gate.rules.rule import Change, Risk, Rule
from handlers.domain.schema.gate.rules.type_names import type_text, widens

CHANGE_COLUMN_TYPE = Rule(
    "change-column-type", "REFUSE", "a column's type changes by a rewrite, or to what holds less"
)
WIDEN_COLUMN_TYPE = Rule(
    "widen-column-type", "REVIEW", "a column gets wider: prepared statements of warm connections"
)
UNKNOWN_COLUMN_TYPE = Rule(
    "unknown-column-type", "REVIEW", "a column's type changes, and what it was is not known"
)
RULES = (CHANGE_COLUMN_TYPE, WIDEN_COLUMN_TYPE, UNKNOWN_COLUMN_TYPE)

_WARM = (
    "prepared statements of blue's warm connections fail with 0A000, cached plan must not change "
    "result type"
)
_MAY_WIDEN = ("character varying", "text", "numeric", "inet", "bit varying", "timestamp", "time")


def change_type(change: Change) -> Iterator[Risk]:
    """Judges one ALTER COLUMN TYPE."""
    node = change.command["def"]["ColumnDef"]
    new = type_text(node["typeName"])
    types = change.case.release.types(change.key)
    old = (types or {}).get(change.name)
    plain = "raw_default" not in node and "collClause" not in node
    if plain and old == new:
        return
    if plain and old is not None and widens(old, new):
        yield WIDEN_COLUMN_TYPE.says(
            f"{change.table}.{change.column} goes from {old} to {new}: {_WARM}",
            "let it pass if blue's driver prepares anew (psycopg 3 does not) or prepares nothing",
        )
    elif plain and old is None and new.startswith(_MAY_WIDEN):
        yield UNKNOWN_COLUMN_TYPE.says(
            f"{change.table}.{change.column} becomes {new}, and nobody said from what: if it is "
            f"not wider, blue's values fail with 22001 or the table is rewritten; and {_WARM}",
            _remedy(change, new),
        )
    else:
        was = f" was {old} and" if old else ""
        yield CHANGE_COLUMN_TYPE.says(
            f"{change.table}.{change.column}{was} becomes {new}: the table may be written anew "
            f"while every query waits, blue's values may not fit, and {_WARM}",
            _remedy(change, new),
        )


def _remedy(change: Change, new: str) -> str:
    if change.made("column", change.name):
        return "write the type that it shall have into its ADD COLUMN"
    copy = ident(f"{change.name}_new")
    return (
        f"ALTER TABLE {change.table} ADD COLUMN {copy} {new}; a trigger that writes {copy} "
        f"whenever {change.column} is written, and back; fill the old rows in "
        f"{change.case.part('backfill')}; drop {change.column} in {change.case.part('contract')}"
    )
