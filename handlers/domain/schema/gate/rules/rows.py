"""Rows that blue reads: changed, removed, or locked by one long statement."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.calls import calls
from handlers.domain.schema.gate.rules.names import listed, written
from handlers.domain.schema.gate.rules.rule import Case, Judge, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import nodes, switched

UPDATE_ALL_ROWS = Rule("update-all-rows", "REFUSE", "every row is locked until the statement ends")
UPDATE_ROWS = Rule("update-rows", "REVIEW", "rows that blue reads change, and are locked meanwhile")
DELETE_ALL_ROWS = Rule("delete-all-rows", "REFUSE", "every row that blue reads is gone")
DELETE_ROWS = Rule("delete-rows", "REVIEW", "rows that blue reads are gone")
TRUNCATE = Rule("truncate", "REFUSE", "every row that blue reads is gone, under the strongest lock")
BULK_INSERT = Rule("bulk-insert", "REVIEW", "many rows come at once into a table that blue reads")
COPY = Rule("copy", "REVIEW", "a file or program of the server is read or written")
RULES = (
    UPDATE_ALL_ROWS,
    UPDATE_ROWS,
    DELETE_ALL_ROWS,
    DELETE_ROWS,
    TRUNCATE,
    BULK_INSERT,
    COPY,
)


def rows(case: Case) -> Iterator[Risk]:
    """A statement with rows, with those inside it, and the functions that it calls."""
    whole = {case.statement.kind: case.node}
    for kind, node in nodes(whole, "UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt"):
        yield from _change(case, kind, node)
    yield from calls(case)
    for _, into in nodes(whole, "intoClause"):
        case.release.make_relation(into["rel"])


def _explain(case: Case) -> Iterator[Risk]:
    """EXPLAIN ANALYZE does what it explains."""
    if switched(case.node.get("options", []), "analyze"):
        yield from rows(case)


def _change(case: Case, kind: str, node: Node) -> Iterator[Risk]:
    if "relation" not in node or case.release.new(node["relation"]):
        return
    table = written(node["relation"])
    if kind == "UpdateStmt":
        yield _update(case, table, everything="whereClause" not in node or _true(node))
    elif kind == "DeleteStmt":
        yield _delete(case, table, everything="whereClause" not in node or _true(node))
    elif kind == "MergeStmt":
        yield _update(case, table, everything=False)
    elif kind == "InsertStmt":
        yield from _insert(case, node, table)


def _true(node: Node) -> bool:
    """WHERE true, WHERE 1 = 1: no column is asked."""
    asks = nodes(node["whereClause"], "ColumnRef", "SubLink", "CurrentOfExpr")
    return next(asks, None) is None


def _update(case: Case, table: str, *, everything: bool) -> Risk:
    rule = UPDATE_ALL_ROWS if everything else UPDATE_ROWS
    which = "every row" if everything else "the rows"
    otherwise = "" if everything else "let it pass if they are few and blue can read them; else "
    return rule.says(
        f"blue reads other values in {table}, and its writes to {which} wait until the statement "
        "ends",
        f"{otherwise}move it to {case.part('backfill')}, which takes small batches by key",
    )


def _delete(case: Case, table: str, *, everything: bool) -> Risk:
    rule = DELETE_ALL_ROWS if everything else DELETE_ROWS
    otherwise = "" if everything else "let it pass if blue can do without them; else "
    return rule.says(
        f"blue no longer finds {'any' if everything else 'those'} rows in {table}, and its writes "
        "to them wait",
        f"{otherwise}{case.to_contract()}",
    )


def _insert(case: Case, node: Node, table: str) -> Iterator[Risk]:
    if node.get("onConflictClause", {}).get("action") == "ONCONFLICT_UPDATE":
        yield _update(case, table, everything=False)
    select = node.get("selectStmt", {}).get("SelectStmt", {})
    named = {each["ctename"] for _, each in nodes(node, "CommonTableExpr")}
    reads = [each for _, each in nodes(select, "RangeVar") if each["relname"] not in named]
    if "valuesLists" not in select and reads:
        yield BULK_INSERT.says(
            f"rows of {listed([written(each) for each in reads[:3]])} come into {table} by one "
            "statement, which blue reads at once",
            f"let it pass if they are few and blue can read them; else move it to "
            f"{case.part('backfill')}",
        )


def _truncate(case: Case) -> Iterator[Risk]:
    for each in case.node["relations"]:
        if not case.release.new(each["RangeVar"]):
            table = written(each["RangeVar"])
            yield TRUNCATE.says(
                f"blue finds no row in {table}, and every query waits for its AccessExclusive lock",
                case.to_contract(),
            )


def _copy(case: Case) -> Iterator[Risk]:
    relation = case.node.get("relation")
    if relation is None or not (case.node.get("is_from") and case.release.new(relation)):
        yield COPY.says(
            "it reads or writes a file or a program on the database's own machine, and rows that "
            "come from there blue reads at once",
            "write INSERT, or load the rows from outside",
        )


STATEMENTS: dict[str, Judge] = {
    "UpdateStmt": rows,
    "DeleteStmt": rows,
    "InsertStmt": rows,
    "MergeStmt": rows,
    "SelectStmt": rows,
    "ExplainStmt": _explain,
    "TruncateStmt": _truncate,
    "CopyStmt": _copy,
}
