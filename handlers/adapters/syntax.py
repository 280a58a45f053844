"""PostgreSQL's own parser; the only importer of postgast."""

import json
from typing import Any

from postgast import PgQueryError
from postgast import split as split_by_parser
from postgast.errors import check_error
from postgast.native import lib

from handlers.domain.schema.gate.agreement import agree, judge_depth, too_deep
from handlers.domain.schema.gate.parsed import Parsed
from handlers.domain.schema.gate.templates import unrendered, unrendered_name
from handlers.domain.schema.statements import Statement, split
from handlers.errors import MigrationFailed


def parse(path: str, sql: str) -> tuple[Parsed, ...]:
    """The statements of a migration file, exactly those that the runner runs.

    Trees are libpg_query's JSON: a node is an object with one key, its kind; fields that are empty,
    zero or false are left out; `location` counts bytes of the statement's own text.

    Raises MigrationFailed with file, line and column for SQL that does not parse, and with file and
    line for what the runner would refuse or split elsewhere.
    """
    statements = split(path, sql)
    for statement in statements:
        judge_depth(path, statement)
    if found := unrendered_name(path, sql):
        raise _template(path, sql, *found)
    try:
        theirs = split_by_parser(sql)
    except PgQueryError as error:
        raise _refused(path, sql, error) from error
    agree(path, statements, theirs)
    return tuple(_parsed(statement) for statement in statements)


def _parsed(statement: Statement) -> Parsed:
    try:
        found = _json(statement.text)["stmts"][0]["stmt"]
    except (PgQueryError, RecursionError) as error:
        # The whole file parsed: what fails now is its depth alone.
        raise too_deep(statement) from error
    kind, tree = next(iter(found.items()))
    return Parsed(statement.path, statement.number, statement.line, statement.text, kind, tree)


def _json(text: str) -> Any:
    """libpg_query's own JSON: postgast's protobuf messages refuse trees of depth 100."""
    result = lib.pg_query_parse(text.encode())
    try:
        check_error(result)
        return json.loads(result.parse_tree)
    finally:
        lib.pg_query_free_parse_result(result)


def _refused(path: str, sql: str, error: PgQueryError) -> MigrationFailed:
    if found := unrendered(path, sql):
        return _template(path, sql, *found)
    # It counts characters from 1, whatever postgast says of bytes; 0 is its word for unknown.
    offset = max(error.cursorpos - 1, 0)
    what = error.message.replace("\n", " ")
    return MigrationFailed(
        f"{_place(path, sql, offset)}: {what}; PostgreSQL cannot read it, correct the SQL"
    )


def _template(path: str, sql: str, offset: int, text: str) -> MigrationFailed:
    return MigrationFailed(
        f"{_place(path, sql, offset)}: {text} is a template that was not rendered; put plain SQL "
        "into the bundle"
    )


def _place(path: str, sql: str, offset: int) -> str:
    column = offset - (sql.rfind("\n", 0, offset) + 1) + 1
    return f"{path}:{sql.count(chr(10), 0, offset) + 1}:{column}"
