"""MigrateSchema moves rows in batches, in slices, by keys of any type, and only as the file says."""

from typing import Any

import pytest

from handlers.adapters.database.backfill import runner
from handlers.domain.schema.backfill import pace
from handlers.errors import MigrationChanged, MigrationFailed

pytestmark = pytest.mark.parametrize("lab", ["wire", "data API"], indirect=True)

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL);\n"
FILL = "INSERT INTO orders SELECT n, 'tea' FROM generate_series(1, 2500) n;\n"
NOTE = "ALTER TABLE orders ADD COLUMN note text, ADD COLUMN times int NOT NULL DEFAULT 0;\n"
EXPAND = {"0001_orders.expand.sql": ORDERS + FILL, "0002_note.expand.sql": NOTE}
HEADER = "-- table: orders\n-- key: id\n-- batch: 100\n"
UPDATE = "UPDATE orders SET note = item, times = times + 1 WHERE id > $1 AND id <= $2;\n"
FILES = {**EXPAND, "0002_note.backfill.sql": HEADER + UPDATE}


def moved(lab: Any) -> list[list[Any]]:
    """How many rows were done how often."""
    return lab.ask("SELECT times, count(*) FROM orders GROUP BY times ORDER BY times")


@pytest.fixture
def one_batch_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices that end with their first batch, and batches that do not grow."""
    monkeypatch.setattr(pace, "SHORTEST_SLICE", 0.0)
    monkeypatch.setattr(runner, "next_size", lambda size, _: size)


def test_every_row_is_moved_once_and_after_all_expand_files(lab: Any) -> None:
    mocha = "UPDATE orders SET item = 'mocha' WHERE id > $1 AND id <= $2"
    answer = lab.migrate({**FILES, "0001_orders.backfill.sql": HEADER + mocha})
    assert (answer["next"], answer["applied"]) == ("done", ["0001_orders", "0002_note"])
    assert moved(lab) == [[1, 2500]]
    assert lab.value("SELECT count(*) FROM orders WHERE note = 'mocha'") == 2500, "0001 came first"
    progress = answer["backfill"]
    assert (progress["name"], progress["rows"], progress["share"]) == ("0002_note", 2500, 100)
    assert progress["secondsLeft"] == 0
    assert "backfilled 0002_note: 2,500 rows changed of 2,500" in answer["reason"]
    columns = ("part", "version", "state", "rows", "passed", "total", "cursor")
    assert lab.statements(*columns)[1] == ["backfill", 1, "done", 2500, 2500, 2500, "2500"]


@pytest.mark.usefixtures("one_batch_a_slice")
def test_one_slice_an_invocation_and_the_machine_loops_with_progress(lab: Any) -> None:
    event = lab.event({**FILES, "0002_note.backfill.sql": HEADER.replace("100", "1000") + UPDATE})
    answers = []
    while not answers or answers[-1]["next"] == "again":
        answers.append(lab.call(event))
        event = {**event, "schema": answers[-1]}
    assert [answer["backfill"]["rows"] for answer in answers] == [1000, 2000, 2500, 2500]
    first = answers[0]
    total = first["backfill"]["total"]
    share = 100 * 1000 // total
    assert first["reason"].startswith(
        f"backfill 0002_note: {share} % of about {total:,} rows, {first['backfill']['perSecond']:,} a second, about "
    )
    assert first["backfill"]["secondsLeft"] is not None
    spent = [answer["backfill"]["seconds"] for answer in answers]
    assert spent == sorted(spent)
    assert moved(lab) == [[1, 2500]]


def test_what_is_done_is_not_done_again_by_a_repetition_or_a_later_release(lab: Any) -> None:
    event = lab.event(FILES)
    first, again = lab.call(event), lab.call(event)
    assert (again["next"], again["backfill"]["share"]) == ("done", 100)
    for answer in (first, again):
        assert "backfilled 0002_note: 2,500 rows changed of 2,500" in answer["reason"]
    later = lab.migrate(FILES)
    assert (later["next"], later["backfill"]) == ("done", None)
    older = lab.migrate(EXPAND)
    assert older["next"] == "done"
    assert moved(lab) == [[1, 2500]]


def test_a_backfill_may_come_with_a_later_release_than_its_expand(lab: Any) -> None:
    later = {**EXPAND, "0003_more.expand.sql": "CREATE TABLE more ()"}
    lab.migrate(later)
    assert lab.migrate({**later, "0002_note.backfill.sql": HEADER + UPDATE})["next"] == "done"
    assert moved(lab) == [[1, 2500]]


def test_rows_that_blue_adds_above_the_cursor_are_moved_too(lab: Any) -> None:
    """Each batch adds a row above all others, until there are ten more."""
    adds = (
        "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO orders (id, item) SELECT max(id) + 1, 'late' FROM orders HAVING max(id) < 2510; "
        "RETURN NULL; END $$; "
        "CREATE TRIGGER more AFTER UPDATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION more();"
    )
    lab.migrate({**FILES, "0003_more.expand.sql": adds})
    assert moved(lab) == [[1, 2510]]


def test_an_empty_table_is_done_at_once(lab: Any) -> None:
    answer = lab.migrate({**FILES, "0001_orders.expand.sql": ORDERS})
    assert (answer["next"], answer["backfill"]["rows"], answer["backfill"]["share"]) == (
        "done",
        0,
        100,
    )


KEYS = [
    pytest.param("int", "n - 150", id="negative numbers"),
    pytest.param("bigint", "n - 9223372036854775808", id="from the lowest number of all"),
    pytest.param("uuid", "(lpad(to_hex(n - 1), 32, '0'))::uuid", id="from the lowest uuid of all"),
    pytest.param("text", "CASE n WHEN 1 THEN '' ELSE E'it''s \\\\ \\n' || n END", id="quotes"),
    pytest.param("timestamptz", "'2026-01-01'::timestamptz + n * interval '1 us'", id="time"),
    pytest.param("numeric(12,3)", "n / 8.0", id="numeric"),
    pytest.param("double precision", "n / 3.0::float8", id="floating point"),
    pytest.param("char(8)", "'k' || n", id="padded"),
    pytest.param("varchar(9)", "'k' || n", id="varchar"),
    pytest.param("date", "DATE '2026-01-01' + n::int", id="date"),
    pytest.param("bytea", "decode(lpad(to_hex(n), 8, '0'), 'hex')", id="bytes"),
]


@pytest.mark.parametrize(("kind", "value"), KEYS)
def test_a_key_of_any_ordered_type_passes_every_row_once(lab: Any, kind: str, value: str) -> None:
    lab.ask(f"ALTER DATABASE {lab.service} SET DateStyle = 'German'")
    made = (
        f'CREATE TABLE "Odd orders" ("Key" {kind} PRIMARY KEY, times int NOT NULL DEFAULT 0);'
        f'INSERT INTO "Odd orders" SELECT {value} FROM generate_series(1::bigint, 300) n;'
    )
    backfill = (
        '-- table: public."Odd orders"\n-- key: "Key"\n-- batch: 7\n'
        'UPDATE "Odd orders" AS o SET times = times + 1 WHERE o."Key">$1 AND o."Key" <= $2'
    )
    answer = lab.migrate({"0001_odd.expand.sql": made, "0001_odd.backfill.sql": backfill})
    assert answer["backfill"]["rows"] == 300
    assert lab.ask('SELECT times, count(*) FROM "Odd orders" GROUP BY times') == [[1, 300]]


OTHERS = [
    pytest.param(
        "INSERT INTO copies SELECT id, item FROM orders WHERE id > $1 AND id <= $2",
        "SELECT count(*), count(DISTINCT id) FROM copies",
        [[2500, 2500]],
        id="INSERT … SELECT",
    ),
    pytest.param(
        "DELETE FROM orders WHERE id > $1 AND id <= $2 AND id % 2 = 0",
        "SELECT count(*) FROM orders",
        [[1250]],
        id="DELETE",
    ),
    pytest.param(
        "WITH batch AS (SELECT id FROM orders WHERE id > $1 AND id <= $2)\n"
        "UPDATE orders SET times = times + 1 FROM batch WHERE orders.id = batch.id",
        "SELECT times, count(*) FROM orders GROUP BY times",
        [[1, 2500]],
        id="WITH … UPDATE",
    ),
]


@pytest.mark.parametrize(("statement", "question", "expected"), OTHERS)
def test_a_backfill_may_insert_and_delete(
    lab: Any, statement: str, question: str, expected: list[Any]
) -> None:
    copies = "CREATE TABLE copies (id bigint, item text);"
    lab.migrate(
        {
            **EXPAND,
            "0003_copies.expand.sql": copies,
            "0003_copies.backfill.sql": HEADER + statement,
        }
    )
    assert lab.ask(question) == expected


def test_a_ledger_from_before_backfills_gets_their_columns(lab: Any) -> None:
    lab.migrate(EXPAND)
    lab.ask(
        "ALTER TABLE greenshift.statements DROP COLUMN cursor, DROP COLUMN total, DROP COLUMN passed"
    )
    assert lab.migrate(FILES)["next"] == "done"
    assert moved(lab) == [[1, 2500]]


@pytest.mark.usefixtures("one_batch_a_slice")
def test_green_need_not_wait_for_a_backfill_whose_file_says_so(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left where it stands when its time is over; the next deployment goes on with it."""
    monkeypatch.setattr("handlers.domain.schema.backfill.header.PATIENCE_SECONDS", 0)
    lazy = HEADER.replace("100", "1000") + "-- traffic: before\n" + UPDATE
    files = {**FILES, "0002_note.backfill.sql": lazy}
    left = lab.migrate(files)
    assert left["next"] == "done"
    assert "0002_note is left at 0 % for the next release" in left["reason"]
    strict = {**files, "0002_note.backfill.sql": lazy.replace("before", "after")}
    event = lab.event(strict)
    assert lab.call(event)["next"] == "again"
    monkeypatch.setattr(pace, "SHORTEST_SLICE", 15.0)
    assert lab.call(event)["next"] == "done"
    assert moved(lab) == [[1, 2500]]


def test_a_backfill_that_green_need_not_wait_for_is_done_where_its_time_suffices(lab: Any) -> None:
    lazy = HEADER + "-- traffic: before\n-- wait: 60\n" + UPDATE
    answer = lab.migrate({**FILES, "0002_note.backfill.sql": lazy})
    assert (answer["next"], answer["backfill"]["share"]) == ("done", 100)


@pytest.mark.usefixtures("one_batch_a_slice")
def test_a_backfill_that_was_begun_keeps_its_text_and_may_change_its_pace(lab: Any) -> None:
    lab.migrate(FILES)
    lab.ask("UPDATE orders SET times = 1")
    other = UPDATE.replace("item", "'x'")
    with pytest.raises(
        MigrationChanged,
        match=r"0002_note\.backfill\.sql:4: it is sha256:\w{12}, but sha256:\w{12} was begun on 20",
    ):
        lab.migrate({**FILES, "0002_note.backfill.sql": HEADER + other})
    with pytest.raises(MigrationChanged, match=r"0002_note\.backfill\.sql was begun on .* is gone"):
        lab.migrate({**EXPAND, "0003_more.expand.sql": "SELECT 1"})
    faster = lab.migrate(
        {**FILES, "0002_note.backfill.sql": HEADER.replace("100", "5000") + UPDATE}
    )
    assert faster["backfill"]["rows"] == 2500


def test_a_backfill_that_fails_names_its_line_keeps_what_is_done_and_may_be_corrected(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "next_size", lambda size, _: size)
    check = "ALTER TABLE orders ADD CONSTRAINT short CHECK (note <> 'tea' OR id <= 700) NOT VALID;"
    files = {**FILES, "0002_note.expand.sql": NOTE + check}
    with pytest.raises(
        MigrationFailed,
        match=r"migrations/0002_note\.backfill\.sql:4: new row .* violates check constraint",
    ):
        lab.migrate(files)
    assert moved(lab) == [[0, 1800], [1, 700]]
    assert lab.ask(
        "SELECT state, cursor, rows, error LIKE 'new row%' FROM greenshift.statements WHERE part = 'backfill'"
    ) == [["failed", "700", 700, True]]
    corrected = UPDATE.replace("note = item", "note = 'coffee'") + "\n"
    assert (
        lab.migrate({**files, "0002_note.backfill.sql": HEADER + corrected})["backfill"]["rows"]
        == 2500
    )
    assert moved(lab) == [[1, 1800], [2, 700]], "another statement begins anew"


CATALOG = [
    pytest.param("table: orders", "table: nowhere", "there is no table nowhere", id="table"),
    pytest.param("key: id", "key: nothing", "there is no column orders.nothing", id="column"),
    pytest.param("key: id", "key: note", "orders.note may be null", id="null"),
    pytest.param(
        "key: id",
        "key: item",
        "no index of the table begins with orders.item.*CREATE INDEX CONCURRENTLY",
        id="index",
    ),
]


@pytest.mark.parametrize(("said", "other", "sentence"), CATALOG)
def test_a_key_that_no_batch_could_be_found_by_is_refused(
    lab: Any, said: str, other: str, sentence: str
) -> None:
    key = other.removeprefix("key: ") if other.startswith("key") else "id"
    backfill = HEADER.replace(said, other) + UPDATE.replace("id >", f"{key} >").replace(
        "id <=", f"{key} <="
    )
    with pytest.raises(
        MigrationFailed, match=rf"migrations/0002_note\.backfill\.sql:4: {sentence}"
    ):
        lab.migrate({**EXPAND, "0002_note.backfill.sql": backfill})


def test_a_file_that_cannot_be_a_backfill_is_refused_before_anything_is_applied(lab: Any) -> None:
    with pytest.raises(
        MigrationFailed, match=r"0002_note\.backfill\.sql:1: the backfill has no key"
    ):
        lab.migrate({**FILES, "0002_note.backfill.sql": "-- table: orders\n" + UPDATE})
    assert lab.value("SELECT to_regclass('orders') IS NULL")
