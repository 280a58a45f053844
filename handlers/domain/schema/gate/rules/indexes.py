"""Indexes: made and dropped beside live traffic, or in its way."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.keys import binds_blue, blue_writes_null
from handlers.domain.schema.gate.rules.names import dotted, ident, strings, written
from handlers.domain.schema.gate.rules.rule import Case, Judge, Node, Risk, Rule, nothing
from handlers.domain.schema.gate.rules.waiting import TABLE_SCAN

DROP_INDEX = Rule(
    "drop-index", "REVIEW", "blue's queries are slow without it, its ON CONFLICT fails"
)
RULES = (DROP_INDEX,)


def _create(case: Case) -> Iterator[Risk]:
    node, relation = case.node, case.node["relation"]
    table, key = written(relation), case.release.relation(relation)
    if not case.release.new(relation):
        if not node.get("concurrent") and relation.get("inh"):
            yield TABLE_SCAN.says(
                f"writers of {table} wait until the index is built",
                _concurrently(case, node),
            )
        distinct = not node.get("nulls_not_distinct")
        free = distinct and blue_writes_null(case, key, _plain_columns(node))
        if node.get("unique") and not free:
            yield binds_blue(table, _columns(node), case.part("contract"))
    if "idxname" in node and not node.get("if_not_exists"):
        case.release.make("relation", (*key[:-1], node["idxname"]))


def _concurrently(case: Case, node: Node) -> str:
    text = " ".join(case.statement.text.split())
    words = text.split(" ")
    at = next(i for i, word in enumerate(words) if word.upper() == "INDEX") + 1
    rest = words[at:]
    if "idxname" not in node:
        name = "_".join([node["relation"]["relname"], *_plain_columns(node), "idx"])
        rest = [ident(name), *rest]
    return " ".join([*words[:at], "CONCURRENTLY", *rest])


def _plain_columns(node: Node) -> list[str]:
    elements = (each["IndexElem"] for each in node.get("indexParams", ()))
    return [each["name"] for each in elements if "name" in each]


def _columns(node: Node) -> str:
    return ", ".join(ident(each) for each in _plain_columns(node)) or "value of its expression"


def drop_indexes(case: Case) -> Iterator[Risk]:
    """DROP INDEX of what the release has not made."""
    for each in case.node["objects"]:
        name = strings(each["List"]["items"])
        if not case.release.made("relation", case.release.key(name)):
            yield DROP_INDEX.says(
                f"blue's queries that use {dotted(name)} read whole tables, and if it is unique "
                "blue's ON CONFLICT on it fails with 42P10"
                + ("" if case.node.get("concurrent") else "; and the drop waits for every query"),
                f"DROP INDEX CONCURRENTLY {dotted(name)} in {case.part('contract')}",
            )
        case.release.unmake("relation", case.release.key(name))


STATEMENTS: dict[str, Judge] = {
    "IndexStmt": _create,
    "CreateStatsStmt": nothing,
    "AlterStatsStmt": nothing,
}
