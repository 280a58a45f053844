"""Foreign keys: they bind blue's writes on both sides, and lock both tables."""

from collections.abc import Iterator, Sequence

from handlers.domain.schema.gate.rules.names import ident, strings, written
from handlers.domain.schema.gate.rules.rule import Case, Change, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import cited
from handlers.domain.schema.gate.rules.waiting import TABLE_SCAN

FOREIGN_KEY_BINDS_BLUE = Rule(
    "foreign-key-binds-blue", "REVIEW", "a foreign key refuses rows that blue may write or delete"
)
FOREIGN_KEY_LOCKS = Rule(
    "foreign-key-locks", "REVIEW", "a foreign key of what is new locks writers of an old table out"
)
RULES = (FOREIGN_KEY_BINDS_BLUE, FOREIGN_KEY_LOCKS)


def add_foreign_key(
    change: Change, node: Node, columns: Sequence[str], *, scans: bool
) -> Iterator[Risk]:
    """A foreign key of an existing table."""
    if not node.get("is_enforced"):
        return
    other, names = written(node["pktable"]), ", ".join(ident(each) for each in columns)
    if scans and not node.get("skip_validation"):
        yield TABLE_SCAN.says(
            f"all of {change.table} is checked against {other} while writers of both wait",
            _in_two_steps(change, node, columns),
        )
    if not all(change.made("column", each) for each in columns):
        yield FOREIGN_KEY_BINDS_BLUE.says(
            f"blue's rows in {change.table} whose {names} has no match in {other}, and its "
            f"DELETEs from {other}, fail with 23503",
            "let it pass if blue keeps to it; else add it once blue is gone",
        )
    else:
        yield from new_tables_keys(change.case, change.table, (node,))


def new_tables_keys(case: Case, table: str, keys: Sequence[Node]) -> Iterator[Risk]:
    """The foreign keys of a table that the release makes."""
    for node in keys:
        other = node["pktable"]
        if node.get("is_enforced") and not case.release.new(other):
            name = written(other)
            yield FOREIGN_KEY_LOCKS.says(
                f"writers of {name} wait for its ShareRowExclusive lock, and blue's DELETEs from "
                f"{name} fail with 23503 where {table} refers to the row",
                "let it pass if blue deletes no such rows and no long transaction writes to "
                f"{name}",
            )


def _in_two_steps(change: Change, node: Node, columns: Sequence[str]) -> str:
    names = ", ".join(ident(each) for each in columns)
    name = ident(node.get("conname") or f"{change.key[-1]}_{'_'.join(columns)}_fkey")
    if strings(node.get("fk_attrs", ())):
        said = cited(change.case.statement, node)
        text = said if node.get("conname") else f"CONSTRAINT {name} {said}"
    else:
        target = ", ".join(ident(each) for each in strings(node.get("pk_attrs", ())))
        text = (
            f"CONSTRAINT {name} FOREIGN KEY ({names}) REFERENCES "
            f"{written(node['pktable'])}{f' ({target})' if target else ''}"
        )
    return (
        f"ALTER TABLE {change.table} ADD {text} NOT VALID; "
        f"ALTER TABLE {change.table} VALIDATE CONSTRAINT {name}"
    )
