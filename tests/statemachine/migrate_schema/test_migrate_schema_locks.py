"""MigrateSchema beside others: other migrators, blue's readers, and its own earlier self that was killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from handlers.adapters.aws import client
from handlers.adapters.database import migrations, statement_runner
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.postgres import connect
from handlers.adapters.database.secrets import find_login
from handlers.errors import MigrationFailed, TransientDatabase

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL);\n"
NOTE = "ALTER TABLE orders ADD COLUMN note text;\n"
BOTH = {"0001_orders.expand.sql": ORDERS, "0002_note.expand.sql": NOTE}
ROOT = Path(__file__).parents[3]
MIGRATOR = """
import json, sys
from handlers.gating import in_deployment
from handlers.migrate_schema import handler
in_deployment.accept = lambda *_: "gate: not in this lab"
handler(json.loads(sys.argv[1]), None)
"""


@contextmanager
def migrator(lab: Any, event: dict[str, Any]) -> Iterator[Any]:
    """The handler in a process of its own, which can be killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", MIGRATOR, json.dumps(event)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **lab.environment.variables(), **lab.variables},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def running(lab: Any, statement: str) -> Any:
    """Whether the database is at this statement."""
    return lab.value(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "
        f"AND application_name = 'greenshift-migrator' AND query LIKE '{statement}%'"
    )


def waiting_for_a_lock(lab: Any, statement: str) -> Any:
    """Whether the migrator waits for the lock that this statement needs."""
    return lab.value(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        f"AND application_name = 'greenshift-migrator' AND query LIKE '{statement}%'"
    )


def test_two_migrators_at_once_apply_every_statement_once(lab: Any) -> None:
    files = {
        "0001_orders.expand.sql": ORDERS,
        "0002_rows.expand.sql": "".join(
            f"INSERT INTO orders VALUES ({n}, 'tea');\n" for n in range(20)
        ),
    }
    event = lab.event(files)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: lab.call(event), range(4)))
    assert {answer["next"] for answer in answers} == {"done"}
    assert {answer["statements"] for answer in answers} == {21}
    assert lab.value("SELECT count(*) FROM orders") == 20


def test_the_ledgers_tables_can_be_made_by_several_services_at_once(lab: Any) -> None:
    """They share a database, and the lock of a service does not keep another's migrator away."""
    deadline = Deadline.of(None)
    at_once = threading.Barrier(6)

    def prepare(number: int) -> None:
        with connect(find_login(os.environ, client), deadline) as session:
            service = f"{lab.service}{number}"
            ledger = StatementLedger(session, service=service, token=1, execution="", deployment="")
            at_once.wait(20)
            ledger.prepare()
            ledger.fence()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(prepare, range(6)))
    assert lab.value("SELECT count(*) FROM greenshift.fence") == 6


def test_while_another_migrator_holds_the_service_it_waits_and_then_says_so(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 0.6)
    event = lab.event({"0001_slow.expand.sql": "SELECT pg_sleep(60)"})
    with migrator(lab, event):
        lab.poll(lambda: running(lab, "SELECT pg_sleep"))
        with pytest.raises(TransientDatabase, match=f"another migrator of {lab.service} works on"):
            lab.call(event)


def test_blues_reads_go_on_while_a_change_waits_for_a_long_reader(lab: Any) -> None:
    """Behind an ALTER that waits for its lock every read queues; it gives up again and again, and they go through."""
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    stop, reads, waits = threading.Event(), Counter[str](), [0.0]

    def blue() -> None:
        with lab.connection() as connection:
            while not stop.is_set():
                began = time.monotonic()
                connection.run("SELECT count(*) FROM orders")
                waits.append(time.monotonic() - began)
                reads["done"] += 1

    with ThreadPoolExecutor(2) as pool, lab.connection() as reader:
        reader.run("BEGIN")
        reader.run("SELECT * FROM orders")
        reading, migrating = pool.submit(blue), pool.submit(lab.migrate, BOTH)
        try:
            for _ in range(3):
                lab.poll(lambda: waiting_for_a_lock(lab, "ALTER TABLE orders"))
                before = reads["done"]
                lab.poll(lambda seen=before: reads["done"] > seen + 10)
            assert not migrating.done()
            reader.run("COMMIT")
            assert migrating.result(30)["applied"] == ["0002_note"]
        finally:
            stop.set()
        reading.result(30)
    assert max(waits) < 3 * statement_runner.LOCK_TIMEOUT_MS / 1000, "they queued for one try each"


def test_migrators_that_wait_for_an_index_being_made_beside_traffic_do_not_deadlock_with_it(
    lab: Any,
) -> None:
    """CREATE INDEX CONCURRENTLY waits for every older transaction: a blocking lock would be one."""
    index = "CREATE INDEX CONCURRENTLY orders_item ON orders (item)"
    event = lab.event({"0001_orders.expand.sql": ORDERS, "0002_item.expand.sql": index})
    with ThreadPoolExecutor(3) as pool, lab.connection() as writer:
        lab.migrate({"0001_orders.expand.sql": ORDERS})
        event["deployment"]["token"] = lab.token
        writer.run("BEGIN")
        writer.run("INSERT INTO orders VALUES (1, 'tea')")
        migrating = [pool.submit(lab.call, event) for _ in range(3)]
        lab.poll(lambda: running(lab, "CREATE INDEX"))
        writer.run("COMMIT")
        assert {each.result(60)["next"] for each in migrating} == {"done"}
    assert lab.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_item'::regclass")


def test_a_statement_has_less_time_than_its_lambda_and_the_server_looks_whether_it_lives(
    lab: Any,
) -> None:
    seen = (
        "CREATE TABLE seen AS SELECT name, setting::int FROM pg_settings WHERE name IN "
        "('statement_timeout', 'lock_timeout', 'client_connection_check_interval')"
    )
    lab.call(lab.event({"0001_seen.expand.sql": seen}), seconds=100)
    limits = dict(lab.ask("SELECT name, setting FROM seen"))
    assert 30_000 < limits["statement_timeout"] <= 85_000
    assert (limits["lock_timeout"], limits["client_connection_check_interval"]) == (500, 500)


def test_locks_that_stay_busy_are_a_transient_error_that_names_the_statement(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_runner, "PATIENCE_SECONDS", 0.8)
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    with lab.connection() as reader:
        reader.run("BEGIN")
        reader.run("SELECT * FROM orders")
        with pytest.raises(
            TransientDatabase, match=r"migrations/0002_note\.expand\.sql:1: its locks were busy"
        ):
            lab.migrate(BOTH)
    assert lab.migrate(BOTH)["statements"] == 1


def test_a_migrator_killed_in_mid_statement_leaves_nothing_and_the_next_one_goes_on(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server sees that its client is gone: the statement would run for a minute, the next waits for less."""
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 20)
    slow = "UPDATE orders SET item = item || '!' FROM pg_sleep(CASE WHEN (SELECT fast FROM pace) THEN 0 ELSE 60 END);"
    files = {
        "0001_orders.expand.sql": ORDERS
        + "CREATE TABLE pace (fast bool); INSERT INTO pace VALUES (false);"
        "INSERT INTO orders VALUES (1, 'tea');",
        "0002_louder.expand.sql": slow,
    }
    event = lab.event(files)
    with migrator(lab, event) as first:
        lab.poll(lambda: running(lab, "UPDATE orders"))
        first.send_signal(signal.SIGKILL)
    lab.ask("UPDATE pace SET fast = true")
    answer = lab.call(event)
    assert (answer["next"], answer["applied"], answer["statements"]) == (
        "done",
        ["0001_orders", "0002_louder"],
        5,
    )
    assert lab.value("SELECT item FROM orders") == "tea!"
    assert {row[0] for row in lab.statements("state")} == {"done"}


def test_a_short_invocation_answers_again_and_the_next_goes_on_statement_by_statement(
    lab: Any,
) -> None:
    files = {
        "0001_orders.expand.sql": "SET search_path = shop;\n"
        "CREATE SCHEMA shop;\n" + ORDERS + "INSERT INTO orders VALUES (1, 'tea');",
        "0002_here.expand.sql": "CREATE TABLE here ();",
    }
    event = lab.event(files)
    answers = []
    while not answers or answers[-1]["next"] == "again":
        answers.append(lab.call(event, seconds=60))
        event = {**event, "schema": answers[-1]}
    assert [answer["statements"] for answer in answers] == [1, 2, 3, 4, 5]
    assert (
        answers[0]["reason"]
        == "applied 1 statement, goes on at migrations/0001_orders.expand.sql:2"
    )
    assert answers[-1]["applied"] == ["0001_orders", "0002_here"]
    assert lab.value("SELECT count(*) FROM shop.orders") == 1, (
        "settings of the file were made again"
    )
    assert lab.value("SELECT to_regclass('public.here') IS NOT NULL"), "and end with it"


def test_a_statement_that_outlasts_a_whole_invocation_is_refused(lab: Any) -> None:
    event = lab.event({"0001_slow.expand.sql": "SELECT pg_sleep(60)"})
    with pytest.raises(
        MigrationFailed, match=r"migrations/0001_slow\.expand\.sql:1: it was cancelled at the end"
    ):
        lab.call(event, seconds=16)


def test_a_statement_that_was_begun_late_gets_an_invocation_of_its_own(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.migrating.sql_work.ENOUGH_SECONDS", 0)
    event = lab.event({"0001_slow.expand.sql": "SELECT 1; SELECT pg_sleep(3)"})
    answer = lab.call(event, seconds=17)
    assert (answer["next"], answer["statements"]) == ("again", 1)
    assert lab.call(event)["next"] == "done"
