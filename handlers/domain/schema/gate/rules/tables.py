"""CREATE TABLE in its forms: what is new hurts nobody but through what it refers to."""

from collections.abc import Iterator
from dataclasses import replace

from handlers.domain.schema.gate.rules.foreign_keys import new_tables_keys
from handlers.domain.schema.gate.rules.names import written
from handlers.domain.schema.gate.rules.partitions import new_child
from handlers.domain.schema.gate.rules.rows import rows
from handlers.domain.schema.gate.rules.rule import Case, Judge, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import nodes

TEMPORARY_TABLE = Rule(
    "temporary-table",
    "REVIEW",
    "a temporary table is gone when the migrator takes the file up again",
)
RULES = (TEMPORARY_TABLE,)


def create_table(case: Case) -> Iterator[Risk]:
    """CREATE TABLE, a partition or an heir of an existing one too."""
    relation = case.node["relation"]
    keys = [each for _, each in nodes(case.node, "Constraint") if "pktable" in each]
    case.release.make_relation(relation, unless_exists=bool(case.node.get("if_not_exists")))
    yield from new_tables_keys(case, written(relation), keys)
    yield from _temporary(relation)
    parents = [each["RangeVar"] for each in case.node.get("inhRelations", ())]
    yield from new_child(case, parents, partition="partbound" in case.node)


def _create_as(case: Case) -> Iterator[Risk]:
    """CREATE TABLE … AS, CREATE MATERIALIZED VIEW: a read, and a new relation."""
    relation = case.node["into"]["rel"]
    yield from rows(case)
    yield from _temporary(relation)
    case.release.make_relation(relation, unless_exists=bool(case.node.get("if_not_exists")))


def _temporary(relation: Node) -> Iterator[Risk]:
    if relation.get("relpersistence") == "t":
        name = written(relation)
        yield TEMPORARY_TABLE.says(
            f"if the migrator is interrupted it goes on in another session, where {name} is gone",
            f"make {name} a table and drop it at the end, or say WITH {name} AS (…)",
        )


def _create_foreign(case: Case) -> Iterator[Risk]:
    yield from create_table(replace(case, node=case.node["base"]))


STATEMENTS: dict[str, Judge] = {
    "CreateStmt": create_table,
    "CreateTableAsStmt": _create_as,
    "CreateForeignTableStmt": _create_foreign,
}
