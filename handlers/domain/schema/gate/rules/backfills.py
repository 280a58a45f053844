"""The statement of a backfill: limited by its key, and what it does to the rows that blue reads."""

from collections.abc import Iterator
from typing import Any

from handlers.domain.schema.gate.parsed import Parsed
from handlers.domain.schema.gate.rules.calls import calls
from handlers.domain.schema.gate.rules.names import ident, listed, strings, written
from handlers.domain.schema.gate.rules.release import Release
from handlers.domain.schema.gate.rules.rows import DELETE_ROWS
from handlers.domain.schema.gate.rules.rule import Case, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import nodes

BACKFILL_SHAPE = Rule(
    "backfill-shape", "REFUSE", "a batch would move other rows than those of its keys"
)
BACKFILL_IN_USE = Rule(
    "backfill-in-use", "REVIEW", "blue reads what a backfill writes, while it is written"
)
RULES = (BACKFILL_SHAPE, BACKFILL_IN_USE)

_CHANGES = ("UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt")
_MOVES = frozenset({"UpdateStmt", "DeleteStmt", "InsertStmt"})
_LIMITS = ((">", 1), ("<=", 2))


def judge_backfill(statement: Parsed, key: str, release: Release) -> Iterator[Risk]:
    """What is wrong with a backfill by the column `key`, run after the release's expand files."""
    case = Case(statement, statement.tree, release)
    whole = {statement.kind: statement.tree}
    changes = list(nodes(whole, *_CHANGES))
    if statement.kind not in _MOVES or any(kind == "MergeStmt" for kind, _ in changes):
        yield _shape("it is", key, "no UPDATE, INSERT … SELECT or DELETE")
        return
    limited = _limited(whole, key)
    for kind, node in changes:
        if not _is_limited(node, key, limited):
            yield _shape(_what(kind, node), key, "is not limited by it on its own")
        yield from _in_use(case, kind, node)
    yield from calls(case)


def _shape(what: str, key: str, wrong: str) -> Risk:
    name = ident(key)
    return BACKFILL_SHAPE.says(
        f"{what} {wrong}, so that a batch and its cursor would not agree on what was moved",
        f"WHERE {name} > $1 AND {name} <= $2 AND …, with any OR in brackets of its own",
    )


def _limited(tree: Any, key: str) -> frozenset[str]:
    """The names of queries that have both limits, or take their rows from such a one."""
    named, found = list(_named(tree)), frozenset[str]()
    while more := {name for name, node in named if _is_limited(node, key, found)} - found:
        found |= more
    return found


def _named(tree: Any) -> Iterator[tuple[str, Node]]:
    """The queries that a WITH, or an alias in a FROM, gives a name to."""
    for _, node in nodes(tree, "CommonTableExpr"):
        yield node["ctename"], next(iter(node["ctequery"].values()))
    for _, node in nodes(tree, "RangeSubselect"):
        yield node.get("alias", {}).get("aliasname", ""), next(iter(node["subquery"].values()))


def _is_limited(node: Node, key: str, limited: frozenset[str]) -> bool:
    """Whether its own WHERE has both limits, or it takes its rows from what is limited so."""
    select = node.get("selectStmt", {}).get("SelectStmt")
    if select is not None:
        return _is_limited(select, key, limited)
    if all(each in _conditions(node, key) for each in _LIMITS):
        return True
    if "relation" in node and "whereClause" not in node:
        return False
    sources = [*node.get("fromClause", ()), *node.get("usingClause", ())]
    named = {each["relname"] for _, each in nodes(sources, "RangeVar")}
    named |= {
        each.get("alias", {}).get("aliasname", "") for _, each in nodes(sources, "RangeSubselect")
    }
    return not named.isdisjoint(limited)


def _conditions(node: Node, key: str) -> list[tuple[str, int]]:
    """The comparisons of the key with a parameter that every row has to satisfy."""
    open_, found = [node.get("whereClause", {})], []
    while open_:
        here = open_.pop()
        both = here.get("BoolExpr", {})
        if both.get("boolop") == "AND_EXPR":
            open_ += both["args"]
        if (asked := here.get("A_Expr")) and asked.get("kind") == "AEXPR_OP":
            column = asked.get("lexpr", {}).get("ColumnRef", {})
            number = asked.get("rexpr", {}).get("ParamRef", {}).get("number")
            if number and strings(column.get("fields", ()))[-1:] == (key,):
                found.append((strings(asked["name"])[-1], number))
    return found


def _in_use(case: Case, kind: str, node: Node) -> Iterator[Risk]:
    if case.release.new(node["relation"]):
        return
    table, name = written(node["relation"]), node["relation"]["relname"]
    if kind == "DeleteStmt":
        yield DELETE_ROWS.says(
            f"blue no longer finds those rows in {table}",
            f"let it pass if blue can do without them; else {case.to_contract()}",
        )
        return
    columns: tuple[str, ...] = ()
    said = f"puts rows into {table}"
    if kind == "UpdateStmt":
        columns = _written(case, node)
        if not columns:
            return
        said = f"writes {listed([f'{table}.{ident(each)}' for each in columns])}"
    readers = [each.name for each in case.release.facts.reads if each.touches(name, columns)]
    if readers:
        yield BACKFILL_IN_USE.says(
            f"it {said}, which blue's {listed(readers[:3])} reads while green is not live yet",
            "let it pass if blue understands every value that it writes; else fill a column that "
            "only green reads",
        )


def _written(case: Case, node: Node) -> tuple[str, ...]:
    """The columns that an UPDATE sets and that were there before the release."""
    key = case.release.relation(node["relation"])
    names = dict.fromkeys(each["ResTarget"]["name"] for each in node["targetList"])
    return tuple(each for each in names if not case.release.made("column", (*key, each)))


def _what(kind: str, node: Node) -> str:
    return f"its {kind.removesuffix('Stmt').upper()} on {written(node['relation'])}"
