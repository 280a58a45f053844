"""Upkeep and what concerns the whole server: it needs no release, and some of it stops blue."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import ident, written
from handlers.domain.schema.gate.rules.rule import Case, Judge, Risk, Rule, nothing
from handlers.domain.schema.gate.rules.tree import switched
from handlers.domain.schema.gate.rules.waiting import TABLE_REWRITE, TABLE_SCAN

SERVER_WIDE = Rule("server-wide", "REFUSE", "it concerns the whole server, not one schema")
ALTER_DATABASE = Rule("alter-database", "REVIEW", "it concerns every session of the database")
LABEL = Rule("security-label", "REVIEW", "a label provider may keep blue from its rows")
RULES = (SERVER_WIDE, ALTER_DATABASE, LABEL)


def _vacuum(case: Case) -> Iterator[Risk]:
    if switched(case.node.get("options", []), "full"):
        relations = [each["VacuumRelation"]["relation"] for each in case.node.get("rels", ())]
        old = [each for each in relations if not case.release.new(each)]
        if old or not relations:
            yield _rewritten(written(old[0]) if old else "every table")


def _cluster(case: Case) -> Iterator[Risk]:
    relation = case.node.get("relation")
    if relation is None or not case.release.new(relation):
        yield _rewritten(written(relation) if relation else "every clustered table")


def _rewritten(table: str) -> Risk:
    return TABLE_REWRITE.says(
        f"{table} is written anew while every query of it waits",
        "take it out; VACUUM without FULL, or pg_repack outside a release",
    )


def _reindex(case: Case) -> Iterator[Risk]:
    if switched(case.node.get("params", []), "concurrently"):
        return
    relation = case.node.get("relation")
    if relation is None or not case.release.new(relation):
        what = written(relation) if relation else ident(case.node.get("name", "the database"))
        kind = case.node["kind"].removeprefix("REINDEX_OBJECT_")
        yield TABLE_SCAN.says(
            f"writers of the tables of {what} wait until it is built anew, and readers that plan "
            "with it",
            f"REINDEX {kind} CONCURRENTLY {what}",
        )


def _server(case: Case) -> Iterator[Risk]:
    yield SERVER_WIDE.says(
        "blue, and every other service on the server, may run under other terms at once",
        "take it out of the migration, and do it by hand or in the infrastructure's code",
    )


def _database(case: Case) -> Iterator[Risk]:
    yield ALTER_DATABASE.says(
        f"blue's next connection to {ident(case.node['dbname'])} may be refused or differ",
        "let it pass if blue's connections are not concerned",
    )


def _label(case: Case) -> Iterator[Risk]:
    yield LABEL.says(
        f"{case.node.get('provider', 'the label provider')} may refuse or mask what blue reads",
        "let it pass if blue's role is not concerned",
    )


STATEMENTS: dict[str, Judge] = {
    "VacuumStmt": _vacuum,
    "ClusterStmt": _cluster,
    "ReindexStmt": _reindex,
    "CommentStmt": nothing,
    "SecLabelStmt": _label,
    "AlterDatabaseStmt": _database,
    "AlterDatabaseRefreshCollStmt": _database,
    **dict.fromkeys(
        (
            "AlterSystemStmt",
            "CreatedbStmt",
            "DropdbStmt",
            "CreateTableSpaceStmt",
            "DropTableSpaceStmt",
            "AlterTableSpaceOptionsStmt",
            "AlterTableMoveAllStmt",
            "CheckPointStmt",
            "LoadStmt",
        ),
        _server,
    ),
}
