"""A migration file is split where PostgreSQL splits it, and refused where its statements could not run alone."""

from typing import Any

import pytest

from handlers.domain.schema.kinds import (
    Alone,
    Concurrently,
    CreateDatabase,
    DropIndex,
    MakeIndex,
    Ordinary,
    Reindex,
    Setting,
)
from handlers.domain.schema.statements import split
from handlers.errors import MigrationFailed

PATH = "migrations/0001_x.expand.sql"

SPLIT = [
    pytest.param("", [], id="an empty file"),
    pytest.param("-- a; b\n/* c; /* d; */ e; */ ;;\n;", [], id="only comments"),
    pytest.param("SELECT 1", ["SELECT 1"], id="no semicolon"),
    pytest.param("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"], id="two on a line"),
    pytest.param(
        "SELECT ';', 'it''s;'; SELECT 2", ["SELECT ';', 'it''s;'", "SELECT 2"], id="strings"
    ),
    pytest.param(
        r"SELECT 'a\'; SELECT 2", [r"SELECT 'a\'", "SELECT 2"], id="a backslash escapes nothing"
    ),
    pytest.param(
        r"SELECT E'a\';'; SELECT 2", [r"SELECT E'a\';'", "SELECT 2"], id="but does in E''"
    ),
    pytest.param(
        r"SELECT e'\\'; SELECT 2", [r"SELECT e'\\'", "SELECT 2"], id="an escaped backslash"
    ),
    pytest.param(
        "SELECT typE'x;'; SELECT 2", ["SELECT typE'x;'", "SELECT 2"], id="a name that ends in e"
    ),
    pytest.param(
        "SELECT E'a' -- more\n '\\';'; SELECT 2",
        ["SELECT E'a' -- more\n '\\';'", "SELECT 2"],
        id="E'' goes on in the next line",
    ),
    pytest.param(
        "SELECT U&'\\0061;' ; SELECT 2", ["SELECT U&'\\0061;'", "SELECT 2"], id="unicode strings"
    ),
    pytest.param(
        'ALTER TABLE "a;""b" ADD c int; SELECT 2',
        ['ALTER TABLE "a;""b" ADD c int', "SELECT 2"],
        id="names",
    ),
    pytest.param(
        "DO $$BEGIN; END$$; SELECT 2", ["DO $$BEGIN; END$$", "SELECT 2"], id="dollar quotes"
    ),
    pytest.param(
        "DO $a$ $b$; $a$; SELECT 2", ["DO $a$ $b$; $a$", "SELECT 2"], id="tagged dollar quotes"
    ),
    pytest.param(
        "SELECT a$b$; SELECT $1; SELECT b$",
        ["SELECT a$b$", "SELECT $1", "SELECT b$"],
        id="dollars in names",
    ),
    pytest.param("SELECT 1 /* ; ' $$ */; SELECT 2 --;'", ["SELECT 1", "SELECT 2"], id="comments"),
    pytest.param(
        "SELECT 1--;\n+1;SELECT 2", ["SELECT 1--;\n+1", "SELECT 2"], id="a comment inside"
    ),
    pytest.param(
        "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b); SELECT 2",
        ["CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)", "SELECT 2"],
        id="brackets",
    ),
    pytest.param(
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC\n"
        "  SELECT CASE WHEN a > 0 THEN 1 END; SELECT 2;\nEND; SELECT 2",
        [
            (
                "CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC\n"
                "  SELECT CASE WHEN a > 0 THEN 1 END; SELECT 2;\nEND"
            ),
            "SELECT 2",
        ],
        id="an SQL routine's body",
    ),
    pytest.param(
        "CREATE TABLE t (begin int, atomic int); SELECT 2",
        ["CREATE TABLE t (begin int, atomic int)", "SELECT 2"],
        id="begin and atomic as names",
    ),
    pytest.param(
        "SELECT 'ü;', ä FROM ö; SELECT 2",
        ["SELECT 'ü;', ä FROM ö", "SELECT 2"],
        id="letters beyond ASCII",
    ),
    pytest.param(
        "COPY t TO '/tmp/x'; SELECT 2",
        ["COPY t TO '/tmp/x'", "SELECT 2"],
        id="COPY to the server's disk",
    ),
]


@pytest.mark.parametrize(("sql", "texts"), SPLIT)
def test_a_file_is_split_at_its_semicolons_only(sql: str, texts: list[str]) -> None:
    statements = split(PATH, sql)
    assert [statement.text for statement in statements] == texts
    assert [statement.number for statement in statements] == list(range(1, len(texts) + 1))


def test_a_statement_knows_its_first_line_and_the_line_of_a_position() -> None:
    first, second = split(PATH, "-- head\n\nSELECT 1;\n/* two\nlines */ SELECT\n  'a\n' +\n  x;")
    assert (first.line, second.line) == (3, 5)
    assert first.place() == f"{PATH}:3"
    assert second.place(second.text.index("x") + 1) == f"{PATH}:8"


SAME = [
    ("SELECT  1", "\n SELECT/* a */1 -- b"),
    ("SELECT 'a  b'", "SELECT\t'a  b' ;"),
]
DIFFERENT = [
    ("SELECT 'a  b'", "SELECT 'a b'"),
    ("SELECT 1", "select 1"),
    ('SELECT "a"', 'SELECT "a "'),
    ("DO $$ a $$", "DO $$  a $$"),
    ("SELECT 'a--b'", "SELECT 'a'"),
    ("SELECT a b", "SELECT ab"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_white_space_and_comments_outside_quotes_do_not_change_the_checksum(
    one: str, other: str
) -> None:
    assert split(PATH, one)[0].checksum == split(PATH, other)[0].checksum


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_anything_else_changes_the_checksum(one: str, other: str) -> None:
    assert split(PATH, one)[0].checksum != split(PATH, other)[0].checksum


REFUSED = [
    ("\n\\i other.sql\n", f"{PATH}:2: it has \\i, a command of psql"),
    ("SELECT 1 \\gexec", f"{PATH}:1: it has \\gexec, a command of psql"),
    ("SELECT 'a\n;", f"{PATH}:1: the string that begins here does not end"),
    ("SELECT 1;\n$x$ $y$", f"{PATH}:2: the dollar-quoted string that begins here does not end"),
    ("/* /* */", f"{PATH}:1: the comment that begins here does not end"),
    ('SELECT "a', f"{PATH}:1: the quoted name that begins here does not end"),
    ("SELECT \0", f"{PATH}:1: it has a NUL character"),
    (
        "SELECT 1;\nCOPY t FROM stdin;\n1\t'\n\\.\n",
        f"{PATH}:2: COPY from or to the client is refused",
    ),
    ("COPY t TO STDOUT", "COPY from or to the client is refused"),
    (
        "CREATE TABLE t ();\nBEGIN;",
        f"{PATH}:2: BEGIN is refused: each statement runs in a transaction of its own",
    ),
    ("start transaction", "START TRANSACTION is refused"),
    ("COMMIT", "COMMIT is refused"),
    ("END", "END is refused"),
    ("ROLLBACK", "ROLLBACK is refused"),
    ("ABORT", "ABORT is refused"),
    ("SAVEPOINT a", "SAVEPOINT is refused"),
    ("RELEASE a", "RELEASE is refused"),
    ("PREPARE TRANSACTION 'a'", "PREPARE TRANSACTION is refused"),
    ("SET LOCAL lock_timeout = 0", "SET LOCAL is refused"),
    ("SET ROLE app", "SET ROLE is refused"),
    ("SET SESSION AUTHORIZATION app", "SET SESSION AUTHORIZATION is refused"),
    ("DISCARD ALL", "DISCARD is refused"),
    ("REINDEX (VERBOSE) SCHEMA public", "REINDEX SCHEMA is refused"),
    ("CREATE INDEX CONCURRENTLY ON t (a)", "the index has no name"),
    ("CREATE UNIQUE INDEX CONCURRENTLY ON t (a)", "the index has no name"),
]


@pytest.mark.parametrize(("sql", "sentence"), REFUSED)
def test_what_cannot_be_run_statement_by_statement_is_refused_with_file_and_line(
    sql: str, sentence: str
) -> None:
    with pytest.raises(MigrationFailed) as refused:
        split(PATH, sql)
    assert sentence in str(refused.value)


KINDS: list[Any] = [
    ("ALTER TABLE t ADD a int", Ordinary()),
    ("ALTER TYPE t ADD VALUE 'x'", Ordinary()),
    ("CREATE INDEX concurrently_made ON t (a)", Ordinary()),
    ("SELECT 'CREATE INDEX CONCURRENTLY a ON t'", Ordinary()),
    ("SET search_path = a", Setting()),
    ("RESET search_path", Setting()),
    ("create index concurrently A on T (b)", MakeIndex("a", "T")),
    (
        'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A""b" ON ONLY s."T" USING btree (b)',
        MakeIndex('A"b', 's."T"'),
    ),
    ("DROP INDEX CONCURRENTLY IF EXISTS s.a", DropIndex("s.a")),
    ("DROP INDEX a", Ordinary()),
    ("REINDEX INDEX CONCURRENTLY a.b", Reindex("a.b")),
    ("REINDEX (CONCURRENTLY, VERBOSE) TABLE a", Reindex("a")),
    ("REINDEX TABLE a", Ordinary()),
    ("ALTER TABLE a DETACH PARTITION b CONCURRENTLY", Concurrently()),
    ("REFRESH MATERIALIZED VIEW CONCURRENTLY a", Ordinary()),
    ("VACUUM FULL a", Alone()),
    ('CREATE DATABASE "My"', CreateDatabase("My")),
    ("ALTER SYSTEM SET a = 1", Alone()),
    ("ALTER DATABASE a SET TABLESPACE b", Alone()),
    ("ALTER DATABASE a SET b = 1", Ordinary()),
    ("CLUSTER", Alone()),
    ("CLUSTER t", Ordinary()),
]


@pytest.mark.parametrize(("sql", "kind"), KINDS)
def test_a_statement_runs_in_a_transaction_unless_postgresql_would_refuse_it_there(
    sql: str, kind: Any
) -> None:
    assert split(PATH, sql)[0].kind == kind


def test_a_large_file_is_split_in_linear_time() -> None:
    sql = "INSERT INTO t VALUES (1, 'a;b', $$c;d$$); -- e;f\n" * 20_000
    statements = split(PATH, sql)
    assert (len(statements), statements[-1].line) == (20_000, 20_000)
