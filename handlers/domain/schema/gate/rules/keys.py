"""Unique and primary keys and exclusions on a table that blue writes."""

from collections.abc import Iterator, Sequence

from handlers.domain.schema.gate.rules.names import ident, strings
from handlers.domain.schema.gate.rules.rule import Case, Change, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import cited
from handlers.domain.schema.gate.rules.waiting import TABLE_SCAN

UNIQUE_BINDS_BLUE = Rule("unique-binds-blue", "REVIEW", "blue may write the same value twice")
ADD_PRIMARY_KEY = Rule(
    "add-primary-key", "REVIEW", "blue may leave the key out or write the same one twice"
)
ADD_EXCLUSION = Rule("add-exclusion", "REVIEW", "an exclusion refuses rows that blue may write")
RULES = (UNIQUE_BINDS_BLUE, ADD_PRIMARY_KEY, ADD_EXCLUSION)


def add_unique(change: Change, node: Node) -> Iterator[Risk]:
    """UNIQUE (…); with USING INDEX the index has bound blue already, where it was made."""
    if "indexname" not in node:
        yield _scans(change, node, "UNIQUE")
        columns, distinct = strings(node.get("keys", ())), not node.get("nulls_not_distinct")
        if not (distinct and blue_writes_null(change.case, change.key, columns)):
            yield binds_blue(change.table, _columns(node), change.case.part("contract"))


def blue_writes_null(case: Case, table: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether blue leaves one of the columns out, as it does not know it: NULLs are distinct."""
    made = case.release.made
    keys = [(*table, column) for column in columns]
    return any(made("column", key) and not made("default", key) for key in keys)


def binds_blue(table: str, columns: str, contract: str) -> Risk:
    """A key that blue has not known."""
    return UNIQUE_BINDS_BLUE.says(
        f"blue's rows with a {columns} that is there already are refused in {table} with 23505",
        f"let it pass if blue never writes one twice; else move it to {contract}",
    )


def add_primary_key(change: Change, node: Node) -> Iterator[Risk]:
    """PRIMARY KEY (…), with or without its index at hand."""
    columns = _columns(node)
    if "indexname" not in node:
        yield _scans(change, node, "PRIMARY KEY")
    what = columns or "the columns of its index"
    yield ADD_PRIMARY_KEY.says(
        f"blue's writes to {change.table} that leave {what} out or repeat it fail, and unless they "
        "are NOT NULL already the table is read while every query of it waits",
        "let it pass if they are NOT NULL and unique for blue already",
    )


def add_exclusion(change: Change) -> Iterator[Risk]:
    """EXCLUDE has no form that does without the lock."""
    yield ADD_EXCLUSION.says(
        f"blue's rows in {change.table} that conflict are refused with 23P01",
        "let it pass if blue writes no such rows; else keep the rule in a new table",
    )


def _scans(change: Change, node: Node, kind: str) -> Risk:
    keys = strings(node.get("keys", ()))
    ending = "pkey" if kind == "PRIMARY KEY" else "key"
    column_part = "" if kind == "PRIMARY KEY" else f"{'_'.join(keys)}_"
    name = ident(node.get("conname") or f"{change.key[-1]}_{column_part}{ending}")
    nulls = " NULLS NOT DISTINCT" if node.get("nulls_not_distinct") else ""
    return TABLE_SCAN.says(
        f"its index is built while every query of {change.table} waits",
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {change.table} ({_columns(node)}){nulls}; "
        f"ALTER TABLE {change.table} ADD CONSTRAINT {name} {kind} USING INDEX {name}"
        f"{_deferred(change, node)}",
    )


def _deferred(change: Change, node: Node) -> str:
    text = cited(change.case.statement, node).upper() if node.get("deferrable") else ""
    at = text.find("DEFERRABLE")
    return f" {text[at:]}" if at >= 0 else ""


def _columns(node: Node) -> str:
    return ", ".join(ident(each) for each in strings(node.get("keys", ())))
