"""The statement of a backfill, as the syntax tree shows it: limited by its key, and blue's rows."""

import pytest

from handlers.adapters.syntax import parse
from handlers.domain.bundle.migration_files import MigrationFile
from handlers.domain.schema.backfill.backfill import read_backfill
from handlers.domain.schema.gate.blue_reads import reads_of
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.rules.judge import judge
from handlers.errors import MigrationFailed

PATH = "migrations/0002_x.backfill.sql"
HEADER = "-- table: orders\n-- key: id\n"
LIMITS = "id > $1 AND id <= $2"
BLUE = {
    "find_order": "SELECT id, state FROM orders WHERE id = $1",
    "export": "SELECT * FROM lines",
    "place": "INSERT INTO orders (state, note) VALUES ($1, $2)",
}


def judged(sql, expand="", blue=BLUE):
    read = tuple(reads_of(name, parse(f"statements/{name}.sql", q)) for name, q in blue.items())
    expands = parse("migrations/0002_x.expand.sql", expand) if expand else ()
    moving = [(each, "id") for each in parse(PATH, HEADER + sql)]
    found = judge(expands, Facts(reads=read), moving)
    return [
        each
        for statement in found
        if statement.statement.path == PATH
        for each in statement.findings
    ]


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE orders SET channel = 'web' WHERE {LIMITS} AND channel IS NULL",
        "UPDATE orders AS o SET channel = 'web' WHERE (o.id > $1 AND o.id <= $2) AND (a OR b)",
        f"INSERT INTO totals SELECT id, 1 FROM orders WHERE {LIMITS} ON CONFLICT DO NOTHING",
        f"WITH b AS (SELECT id FROM orders WHERE {LIMITS} FOR UPDATE) "
        "UPDATE orders SET channel = '' FROM b WHERE b.id = orders.id",
        f"UPDATE orders SET channel = b.c FROM (SELECT id, c FROM old WHERE {LIMITS}) AS b "
        "WHERE b.id = orders.id",
        f"WITH old AS (SELECT id FROM orders WHERE {LIMITS}) INSERT INTO totals SELECT id FROM old",
        f"WITH b AS (SELECT id FROM old WHERE {LIMITS}), c AS (SELECT id FROM b) "
        "INSERT INTO totals SELECT id FROM c",
    ],
)
def test_a_statement_limited_by_its_key_is_safe(sql):
    assert judged(sql) == []


@pytest.mark.parametrize(
    ("sql", "breaks"),
    [
        (
            f"UPDATE orders SET channel = '' WHERE {LIMITS} OR channel IS NULL",
            "its UPDATE on orders",
        ),
        (f"UPDATE orders SET channel = '' WHERE NOT ({LIMITS})", "its UPDATE on orders"),
        (
            f"UPDATE orders SET c = (SELECT max(id) FROM orders WHERE {LIMITS})",
            "its UPDATE on orders is not limited by it",
        ),
        (
            f"WITH b AS (SELECT id FROM old WHERE {LIMITS}) UPDATE orders SET channel = '' FROM b",
            "its UPDATE on orders",
        ),
        (
            f"WITH gone AS (DELETE FROM lines) UPDATE orders SET channel = '' WHERE {LIMITS}",
            "its DELETE on lines",
        ),
        (
            f"INSERT INTO totals SELECT id FROM orders WHERE {LIMITS} OR true",
            "its INSERT on totals",
        ),
        (
            f"WITH a AS (DELETE FROM new_t WHERE {LIMITS} RETURNING *) SELECT * FROM a",
            "it is no UPDATE, INSERT … SELECT or DELETE",
        ),
    ],
)
def test_a_statement_whose_batches_are_not_its_keys_is_refused(sql, breaks):
    found = [each for each in judged(sql) if each.rule == "backfill-shape"]
    assert found[0].verdict == "REFUSE"
    assert found[0].line == 3
    assert breaks in found[0].breaks
    assert "WHERE id > $1 AND id <= $2" in found[0].remedy


@pytest.mark.parametrize(
    ("sql", "breaks"),
    [
        (
            f"UPDATE orders SET state = 'new' WHERE {LIMITS}",
            "orders.state, which blue's find_order",
        ),
        (f"UPDATE lines SET anything = 1 WHERE {LIMITS}", "lines.anything, which blue's export"),
        (f"INSERT INTO lines SELECT * FROM old WHERE {LIMITS}", "rows into lines"),
    ],
)
def test_writing_what_blues_statements_read_is_a_review(sql, breaks):
    (found,) = judged(sql)
    assert (found.rule, found.verdict) == ("backfill-in-use", "REVIEW")
    assert breaks in found.breaks


def test_what_blue_only_writes_is_not_in_use():
    assert judged(f"UPDATE orders SET note = '' WHERE {LIMITS}") == []


def test_what_this_release_has_made_is_not_in_use():
    sql = f"UPDATE lines SET channel = '' WHERE {LIMITS}"
    assert judged(sql, "ALTER TABLE lines ADD COLUMN channel text") == []
    assert (
        judged(
            f"INSERT INTO fresh SELECT id FROM orders WHERE {LIMITS}", "CREATE TABLE fresh (id int)"
        )
        == []
    )


def test_nothing_is_in_use_where_blues_statements_are_not_known():
    assert judged(f"UPDATE orders SET state = 'new' WHERE {LIMITS}", blue={}) == []


def test_rows_that_a_backfill_deletes_are_a_review():
    (found,) = judged(f"DELETE FROM orders WHERE {LIMITS}", blue={})
    assert (found.rule, found.verdict) == ("delete-rows", "REVIEW")


def test_code_that_a_backfill_calls_is_judged_as_elsewhere():
    (found,) = judged(f"UPDATE orders SET channel = guess(id) WHERE {LIMITS}")
    assert found.rule == "opaque-code"


def test_a_waiver_may_stand_in_its_header():
    text = f"{HEADER}-- greenshift: allow backfill-in-use because blue ignores it\nUPDATE o SET a = 1 WHERE {LIMITS}"
    backfill = read_backfill(MigrationFile(PATH, 2, "x", "backfill"), text)
    assert backfill.text == text
    with pytest.raises(MigrationFailed, match="greenshft is no header"):
        read_backfill(
            MigrationFile(PATH, 2, "x", "backfill"), text.replace("greenshift", "greenshft")
        )
