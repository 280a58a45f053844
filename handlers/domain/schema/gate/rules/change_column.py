"""ALTER COLUMN and DROP COLUMN: what blue reads, leaves out, or takes for granted."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.add_column import ADD_COLUMN_NOT_NULL
from handlers.domain.schema.gate.rules.column_types import change_type
from handlers.domain.schema.gate.rules.names import ident
from handlers.domain.schema.gate.rules.rule import Change, JudgeChange, Risk, Rule, nothing
from handlers.domain.schema.gate.rules.volatility import is_null
from handlers.domain.schema.gate.rules.waiting import TABLE_SCAN

DROP_COLUMN = Rule("drop-column", "REFUSE", "blue reads or writes a column that is gone")
NOT_NULL_BINDS_BLUE = Rule(
    "not-null-binds-blue", "REVIEW", "blue may leave the column out or write NULL"
)
DROP_NOT_NULL = Rule("drop-not-null", "REVIEW", "blue may read NULL where it expects a value")
CHANGE_DEFAULT = Rule("change-default", "REVIEW", "rows that blue writes get another default")
DROP_DEFAULT = Rule("drop-default", "REFUSE", "rows that blue writes lose their default")
CHANGE_EXPRESSION = Rule(
    "change-expression", "REFUSE", "a generated column is computed otherwise, or no longer"
)
RULES = (
    DROP_COLUMN,
    NOT_NULL_BINDS_BLUE,
    DROP_NOT_NULL,
    CHANGE_DEFAULT,
    DROP_DEFAULT,
    CHANGE_EXPRESSION,
)


def drop_column(change: Change) -> Iterator[Risk]:
    """A column that blue knows; one that this release has added may go again."""
    if not change.made("column", change.name):
        yield DROP_COLUMN.says(
            f"blue's statements on {change.table} that name {change.column} fail with 42703",
            change.case.to_contract(),
        )


def set_not_null(change: Change) -> Iterator[Risk]:
    """Judges SET NOT NULL: its scan, and what blue leaves out."""
    yield from binds_blue(change, change.name)
    if not change.made("not-null-valid", change.name):
        name = ident(f"{change.key[-1]}_{change.name}_not_null")
        alter = f"ALTER TABLE {change.table}"
        yield TABLE_SCAN.says(
            f"all of {change.table} is read while every query of it waits",
            f"{alter} ADD CONSTRAINT {name} CHECK ({change.column} IS NOT NULL) NOT VALID; "
            f"{alter} VALIDATE CONSTRAINT {name}; {alter} ALTER COLUMN {change.column} SET NOT "
            f"NULL; {alter} DROP CONSTRAINT {name}",
        )


def binds_blue(change: Change, column: str) -> Iterator[Risk]:
    """What a column that may not be NULL does to blue's INSERTs."""
    if change.made("default", column):
        return
    name, contract = ident(column), change.case.part("contract")
    if change.made("column", column):
        yield ADD_COLUMN_NOT_NULL.says(
            f"blue's INSERTs into {change.table} do not know {name} and fail with 23502",
            f"ALTER TABLE {change.table} ALTER COLUMN {name} SET DEFAULT …; or make it NOT NULL in "
            f"{contract}",
        )
    else:
        yield NOT_NULL_BINDS_BLUE.says(
            f"blue's writes to {change.table} that leave {name} out or NULL fail with 23502",
            f"let it pass if blue always writes {name} or it has a default; else move it to "
            f"{contract}",
        )


def _drop_not_null(change: Change) -> Iterator[Risk]:
    if not change.made("column", change.name):
        yield DROP_NOT_NULL.says(
            f"green may write NULL into {change.table}.{change.column}, where blue expects a value",
            "let it pass if blue can read NULL, or green writes none before blue is gone",
        )


def _default(change: Change) -> Iterator[Risk]:
    expression = change.command.get("def")
    drops = expression is None or is_null(expression)
    new = change.made("column", change.name)
    if not drops:
        if new:
            change.make("default", change.name)
        else:
            yield CHANGE_DEFAULT.says(
                f"blue's INSERTs that leave {change.column} out write another value into "
                f"{change.table}",
                "let it pass if blue can read that value; else let green write it itself",
            )
    elif not new or change.made("required", change.name):
        yield DROP_DEFAULT.says(
            f"blue's INSERTs into {change.table} that leave {change.column} out write NULL, or "
            "fail with 23502",
            change.case.to_contract(),
        )
    else:
        change.case.release.unmake("default", (*change.key, change.name))


def _expression(change: Change) -> Iterator[Risk]:
    yield CHANGE_EXPRESSION.says(
        f"{change.table}.{change.column} is computed otherwise, and all rows are written anew or "
        "left as they are",
        "add a column with the new expression and let green read that",
    )


COMMANDS: dict[str, JudgeChange] = {
    "AT_DropColumn": drop_column,
    "AT_SetNotNull": set_not_null,
    "AT_DropNotNull": _drop_not_null,
    "AT_ColumnDefault": _default,
    "AT_CookedColumnDefault": _default,
    "AT_AlterColumnType": change_type,
    "AT_SetExpression": _expression,
    "AT_DropExpression": _expression,
    "AT_SetStatistics": nothing,
    "AT_SetOptions": nothing,
    "AT_ResetOptions": nothing,
    "AT_SetStorage": nothing,
    "AT_SetCompression": nothing,
}
