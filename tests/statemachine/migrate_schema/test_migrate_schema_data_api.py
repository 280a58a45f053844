"""MigrateSchema through the RDS Data API: 45 seconds a call, no session, answers that get lost."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from data_api_model import Failure

from handlers.adapters.database import statement_runner
from handlers.adapters.database.data_api import calls, outside, session
from handlers.errors import ClaimLost, GreenshiftError, MigrationFailed, TransientDatabase

pytestmark = pytest.mark.parametrize("lab", ["data API"], indirect=True)

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL);\n"
INDEX = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_item ON public.orders (item)"
FILES = {"0001_orders.expand.sql": ORDERS}
ROWS = "".join(f"INSERT INTO orders VALUES ({n}, 'tea');\n" for n in range(12))
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(calls, "RESUME_PAUSE", 0.02)


def refused(lab: Any, error: type[GreenshiftError], files: Mapping[str, str] = FILES) -> str:
    with pytest.raises(error) as raised:
        lab.migrate(files)
    assert type(raised.value) is error, "the state machine knows errors by their very name"
    return str(raised.value)


def first(path: str, failure: Failure, times: int = 1) -> Any:
    """A fault: the first calls of the path fail."""
    left = [times]

    def fault(at: str, body: Mapping[str, Any]) -> None:
        if at == path and left[0]:
            left[0] -= 1
            raise failure

    return fault


def when(text: str, do: Any) -> Any:
    """A fault: before the first statement with this text, something happens."""
    left = [1]

    def fault(at: str, body: Mapping[str, Any]) -> None:
        if left[0] and text in body.get("sql", ""):
            left[0] = 0
            do()

    return fault


def running(lab: Any, text: str) -> Any:
    return lab.value(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "
        f"AND datname = '{lab.service}' AND query LIKE '{text}%'"
    )


def outlasted(lab: Any, text: str) -> None:
    """Returns when the statement runs and its call is over: the migrator makes others meanwhile."""
    lab.poll(lambda: running(lab, text))
    seen = lab.api.seen["/Execute"]
    lab.poll(lambda: lab.api.seen["/Execute"] > seen + 2)


def test_pg8000_is_not_needed(lab: Any) -> None:
    event = json.dumps(lab.event(FILES))
    program = (
        "import json, sys; sys.modules['pg8000'] = None; from handlers.migrate_schema import handler;"
        "print(handler(json.loads(sys.argv[1]), None)['next'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, event],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.splitlines()[-1:] == ["done"], ended.stderr


def test_every_transaction_is_bounded_below_the_time_of_a_call(lab: Any) -> None:
    lab.migrate({
        "0001_bounds.expand.sql": "CREATE TABLE bounds AS SELECT name, setting FROM pg_settings "
        "WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')"
    })  # fmt: skip
    assert lab.ask("SELECT * FROM bounds ORDER BY name") == [
        ["idle_in_transaction_session_timeout", "30000"],
        ["lock_timeout", "500"],
        ["statement_timeout", "40000"],
    ]


def test_a_statement_that_outlasts_its_time_is_cancelled_and_told_the_ways_out(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session.DataApiSession, "longest", 0.3)
    sentence = refused(lab, MigrationFailed, {"0001_slow.expand.sql": "SELECT pg_sleep(60)"})
    assert "migrations/0001_slow.expand.sql:1: it was cancelled after" in sentence
    assert sentence.endswith(
        "make it smaller, move data by a backfill file, or let the migrator reach the database in its VPC"
    )
    assert lab.statements("state") == [["failed"]]


def test_a_statement_that_undoes_its_bound_is_ended_by_the_call(lab: Any) -> None:
    lab.api.call_seconds = 0.3
    files = {
        "0001_x.expand.sql": "CREATE TABLE t (); SET statement_timeout = 0; SELECT 1; SELECT pg_sleep(60)"
    }
    slow = when("SELECT pg_sleep", lambda: None)
    lab.api.faults.append(slow)
    assert "it was cancelled after 40 s" in refused(lab, MigrationFailed, files)
    lab.poll(lambda: not running(lab, "SELECT pg_sleep"))


def test_an_index_that_takes_longer_than_a_call_is_waited_for(lab: Any) -> None:
    lab.migrate(FILES)
    lab.api.call_seconds = 0.3
    files = {**FILES, "0002_item.expand.sql": INDEX}
    with lab.connection() as writer, ThreadPoolExecutor(1) as pool:
        writer.run("BEGIN")
        writer.run("INSERT INTO orders VALUES (1, 'tea')")
        migrating = pool.submit(lab.migrate, files)
        outlasted(lab, "CREATE UNIQUE INDEX")
        assert not migrating.done()
        writer.run("COMMIT")
        assert migrating.result(30)["applied"] == ["0002_item"]
    assert lab.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_item'::regclass")


def test_an_index_that_takes_longer_than_an_invocation_goes_on_into_the_next(lab: Any) -> None:
    lab.migrate(FILES)
    lab.api.call_seconds = 0.3
    event = lab.event({**FILES, "0002_item.expand.sql": INDEX})
    with lab.connection() as writer:
        writer.run("BEGIN")
        writer.run("INSERT INTO orders VALUES (1, 'tea')")
        answer = lab.call(event, seconds=15.5)
        assert (answer["next"], answer["statements"]) == ("again", 0)
        assert lab.call(event, seconds=15.5)["next"] == "again"
        assert lab.statements("state") == [["done"], ["started"]]
        assert running(lab, "CREATE UNIQUE INDEX CONCURRENTLY") == 1, "it was not begun twice"
        writer.run("COMMIT")
    assert lab.call(event)["next"] == "done"
    assert lab.statements("state") == [["done"], ["done"]]


def test_an_index_that_fails_after_its_call_is_cleared_away_and_may_be_corrected(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    lab.api.call_seconds = 0.3
    files = {**FILES, "0002_item.expand.sql": INDEX}
    with lab.connection() as writer, ThreadPoolExecutor(1) as pool:
        writer.run("BEGIN")
        writer.run("INSERT INTO orders VALUES (1, 'tea'), (2, 'tea')")
        migrating = pool.submit(refused, lab, MigrationFailed, files)
        outlasted(lab, "CREATE UNIQUE INDEX")
        writer.run("COMMIT")
        assert "only the database's log tells why" in migrating.result(30)
    assert lab.value("SELECT to_regclass('orders_item') IS NULL")
    assert lab.statements("state") == [["done"], ["failed"]]
    assert lab.migrate({**files, "0002_item.expand.sql": "SELECT 1"})["next"] == "done"


def test_an_end_that_no_catalog_shows_is_not_taken_for_success(lab: Any) -> None:
    lab.api.call_seconds = 0.3
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    files = {**FILES, "0002_clean.expand.sql": "VACUUM orders"}
    with lab.connection() as holder, ThreadPoolExecutor(1) as pool:
        holder.run("BEGIN")
        holder.run("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE")
        migrating = pool.submit(refused, lab, MigrationFailed, files)
        outlasted(lab, "VACUUM")
        holder.run("ROLLBACK")
        assert "nothing in the catalog tells how it ended" in migrating.result(30)


@pytest.mark.parametrize("sql", ["CLUSTER", "VACUUM (FULL) orders", "REINDEX TABLE parts"])
def test_what_would_lock_a_table_without_a_time_out_is_refused(lab: Any, sql: str) -> None:
    files = {
        "0001_orders.expand.sql": ORDERS
        + "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);",
        "0002_x.expand.sql": sql,
    }
    assert (
        "0002_x.expand.sql:1: outside a transaction the Data API lets no lock time-out be set"
        in (refused(lab, MigrationFailed, files))
    )
    assert lab.statements("state")[-1] == ["failed"]


def test_what_a_file_sets_holds_in_each_of_its_transactions_and_nowhere_else(lab: Any) -> None:
    files = {
        "0001_shop.expand.sql": "CREATE SCHEMA shop; SET search_path = shop; CREATE TABLE a ();"
        "RESET search_path; CREATE TABLE b (); SET SESSION search_path TO shop; CREATE TABLE c ();"
        "RESET ALL; CREATE TABLE d ()",
        "0002_more.expand.sql": "CREATE TABLE e ()",
    }
    lab.migrate(files)
    assert lab.ask("SELECT relnamespace::regnamespace::text, relname FROM pg_class WHERE length(relname) = 1 ORDER BY 2") == [
        ["shop", "a"], ["public", "b"], ["shop", "c"], ["public", "d"], ["public", "e"],
    ]  # fmt: skip


def test_what_a_file_sets_cannot_reach_a_statement_outside_a_transaction(lab: Any) -> None:
    bounded = {**FILES, "0002_item.expand.sql": f"SET lock_timeout = '9s'; {INDEX}"}
    assert lab.migrate(bounded)["next"] == "done", "the migrator sets its own time-outs anyway"
    other = {**bounded, "0003_x.expand.sql": f"SET search_path = x; {INDEX}"}
    assert (
        "0003_x.expand.sql:1: outside a transaction the Data API knows nothing of what the file"
        in (refused(lab, MigrationFailed, other))
    )


def test_a_setting_that_needs_a_session_is_refused(lab: Any) -> None:
    files = {"0001_x.expand.sql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"}
    assert "has no session whose characteristics" in refused(lab, MigrationFailed, files)


def test_two_migrators_at_once_apply_every_statement_once(lab: Any) -> None:
    event = lab.event({**FILES, "0002_rows.expand.sql": ROWS})
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: lab.call(event), range(3)))
    assert {answer["next"] for answer in answers} == {"done"}
    assert {answer["statements"] for answer in answers} == {13}
    assert lab.value("SELECT count(*) FROM orders") == 12


def test_a_newer_deployment_stops_the_older_one_between_two_statements(lab: Any) -> None:
    def usurp() -> None:
        lab.ask(f"UPDATE greenshift.fence SET token = 99 WHERE service = '{lab.service}'")

    event = lab.event({"0001_x.expand.sql": "CREATE TABLE a (); CREATE TABLE b ()"})
    begun = threading.Event()

    def between(at: str, body: Mapping[str, Any]) -> None:
        if at == "/BeginTransaction" and lab.api.seen[at] == 4:
            usurp()
            begun.set()

    lab.api.faults.append(between)
    with pytest.raises(ClaimLost):
        lab.call(event)
    assert begun.is_set()
    assert lab.ask("SELECT to_regclass('a') IS NULL, to_regclass('b') IS NULL") == [[False, True]]


def test_a_commit_whose_answer_was_lost_is_found_in_the_ledger(lab: Any) -> None:
    lab.migrate(FILES)
    lab.api.faults.append(
        when("INSERT INTO orders", lambda: lab.api.lost.add("/CommitTransaction"))
    )
    answer = lab.migrate({**FILES, "0002_rows.expand.sql": ROWS})
    assert (answer["next"], answer["statements"]) == ("done", 12)
    assert not lab.api.lost
    assert lab.value("SELECT count(*) FROM orders") == 12


def test_a_commit_that_never_reached_the_database_is_made_again(lab: Any) -> None:
    lab.migrate(FILES)
    away = Failure("InternalServerErrorException", "")

    def fail() -> None:
        lab.api.faults.append(first("/CommitTransaction", away))

    lab.api.faults.append(when("INSERT INTO orders", fail))
    lab.migrate({**FILES, "0002_rows.expand.sql": "INSERT INTO orders VALUES (1, 'tea')"})
    assert lab.value("SELECT count(*) FROM orders") == 1


def test_a_statement_whose_answer_was_lost_is_not_sent_again_in_its_transaction(lab: Any) -> None:
    lab.migrate(FILES)
    event = lab.event({**FILES, "0002_rows.expand.sql": ROWS})
    lab.api.faults.append(when("INSERT INTO orders", lambda: lab.api.lost.add("/Execute")))
    with pytest.raises(TransientDatabase, match="the Data API did not answer"):
        lab.call(event)
    assert lab.call(event)["next"] == "done"
    assert lab.value("SELECT count(*) FROM orders") == 12


def test_a_lost_answer_outside_a_statement_is_a_transient_error(lab: Any) -> None:
    lab.migrate(FILES)
    lab.api.lost.add("/CommitTransaction")
    assert "the commit's answer was lost" in refused(lab, TransientDatabase)


def test_a_transaction_that_expired_leaves_nothing_and_is_a_transient_error(lab: Any) -> None:
    lab.migrate(FILES)
    event = lab.event({**FILES, "0002_rows.expand.sql": ROWS})
    lab.api.idle_seconds = -1.0
    with pytest.raises(TransientDatabase, match="was ended before it was committed"):
        lab.call(event)
    lab.api.idle_seconds = 180.0
    assert lab.call(event)["next"] == "done"
    assert lab.value("SELECT count(*) FROM orders") == 12


def test_a_paused_cluster_is_waited_for(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    resuming = Failure(
        "DatabaseResumingException", "The DB instance is resuming. Wait and try again."
    )
    lab.api.faults.append(first("/Execute", resuming, times=5))
    assert lab.migrate(FILES)["next"] == "done"
    monkeypatch.setattr(calls, "RESUME_SECONDS", 0.1)
    lab.api.faults.append(first("/Execute", resuming, times=10_000))
    assert refused(lab, TransientDatabase).startswith(
        f"cluster {lab.service}/{lab.service}: it is paused and resumes"
    )


def test_busy_locks_are_tried_again_and_then_named(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_runner, "PATIENCE_SECONDS", 0.8)
    lab.migrate(FILES)
    note = {**FILES, "0002_note.expand.sql": "ALTER TABLE orders ADD COLUMN note text"}
    with lab.connection() as reader:
        reader.run("BEGIN")
        reader.run("SELECT * FROM orders")
        assert "0002_note.expand.sql:1: its locks were busy" in refused(
            lab, TransientDatabase, note
        )
    assert lab.migrate(note)["statements"] == 1


def test_a_history_longer_than_an_answer_is_read_in_pages(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_PAGE", 5)
    files = {**FILES, "0002_rows.expand.sql": ROWS[: ROWS.index("VALUES (9")] + "VALUES (9, 'tea')"}
    assert lab.migrate(files)["statements"] == 11
    assert lab.migrate(files)["alreadyApplied"] == 2


def test_the_line_of_a_refused_statement_is_told(lab: Any) -> None:
    assert refused(lab, MigrationFailed, {"0001_x.expand.sql": "\nSELECT 1,\n  nothing;"}) == (
        'migrations/0001_x.expand.sql:3: column "nothing" does not exist (SQLSTATE 42703)'
    )


def test_a_constraint_that_is_checked_at_the_commit_fails_its_statement(lab: Any) -> None:
    files = {
        "0001_x.expand.sql": "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);"
    }
    assert "0001_x.expand.sql:2: duplicate key value" in refused(lab, MigrationFailed, files)
    assert lab.value("SELECT count(*) FROM t") == 0


def test_a_statement_or_an_answer_beyond_the_limits_is_refused_with_its_place(lab: Any) -> None:
    long = {"0001_x.expand.sql": f"SELECT '{'x' * 65_536}'"}
    assert (
        "0001_x.expand.sql:1: it has 65,545 characters, and the Data API takes 65,536; split it"
        in (refused(lab, MigrationFailed, long))
    )
    big = {"0001_y.expand.sql": "SELECT repeat('x', 1100000)"}
    assert "0001_y.expand.sql:1: the Data API does not bring its result" in (
        refused(lab, MigrationFailed, big)
    )
    wide = {"0001_z.expand.sql": "SELECT repeat('x', 70000)"}
    assert "0001_z.expand.sql:1: the Data API does not bring its result" in (
        refused(lab, MigrationFailed, wide)
    )


def test_a_wrong_password_and_a_database_that_is_not_there_are_named(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.login(password="wrong")
    sentence = refused(lab, MigrationFailed)
    assert (
        f"cluster {lab.service}/{lab.service} refused the login of postgres by the secret"
        in sentence
    )
    lab.login()
    monkeypatch.setenv("GREENSHIFT_DATABASE_NAME", "nowhere")
    assert 'database "nowhere" does not exist' in refused(lab, MigrationFailed)


def test_a_role_that_may_not_make_the_ledger_is_told_the_grant(lab: Any) -> None:
    lab.ask(f"CREATE ROLE {lab.service} LOGIN PASSWORD 'its-own'")
    lab.login(username=lab.service, password="its-own")
    assert f'run: GRANT CREATE ON DATABASE {lab.service} TO "{lab.service}"' in refused(
        lab, MigrationFailed
    )
