"""A backfill beside others and under attack: killed, doubled, overtaken, or locked out."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from handlers.adapters.database import migrations
from handlers.adapters.database.backfill import runner
from handlers.errors import ClaimLost, MigrationFailed, TransientDatabase

ORDERS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, times int NOT NULL DEFAULT 0);\n"
    "INSERT INTO orders SELECT n FROM generate_series(1, {rows}) n;\n"
)
HEADER = "-- table: orders\n-- key: id\n"
UPDATE = "UPDATE orders SET times = times + 1 WHERE id > $1 AND id <= $2"
SLOWLY = f"{UPDATE} AND pg_sleep(0.002) IS NOT NULL"
ROOT = Path(__file__).parents[3]
MIGRATOR = """
import json, sys
from handlers.gating import in_deployment
from handlers.migrate_schema import handler
in_deployment.accept = lambda *_: "gate: not in this lab"
print(json.dumps(handler(json.loads(sys.argv[1]), None)["next"]))
"""


def files(statement: str, *, rows: int = 3000, header: str = "") -> dict[str, str]:
    return {
        "0001_orders.expand.sql": ORDERS.format(rows=rows),
        "0001_orders.backfill.sql": HEADER + header + statement,
    }


@contextmanager
def migrator(lab: Any, event: dict[str, Any]) -> Iterator[Any]:
    """The handler in a process of its own, which can be killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", MIGRATOR, json.dumps(event)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **lab.environment.variables(), **lab.variables},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def cursor(lab: Any) -> int:
    """The last key that was passed, 0 before the first batch."""
    if not lab.value("SELECT to_regclass('greenshift.statements') IS NOT NULL"):
        return 0
    return int(
        lab.value(
            "SELECT coalesce(max(cursor::bigint), 0) FROM greenshift.statements WHERE part = 'backfill'"
        )
    )


def moved(lab: Any) -> list[list[Any]]:
    """How many rows were done how often."""
    return lab.ask("SELECT times, count(*) FROM orders GROUP BY times ORDER BY times")


def test_killed_in_mid_backfill_again_and_again_no_row_is_lost_or_done_twice(lab: Any) -> None:
    event = lab.event(files(SLOWLY, rows=1500, header="-- batch: 20\n"))
    seen = 0
    for _ in range(3):
        with migrator(lab, event) as process:
            lab.poll(lambda before=seen: cursor(lab) > before)
            process.send_signal(signal.SIGKILL)
            process.wait()
        seen = cursor(lab)
        assert lab.value(f"SELECT bool_and(times = (id <= {seen})::int) FROM orders")
    assert seen < 1500
    assert lab.call(event)["next"] == "done"
    assert moved(lab) == [[1, 1500]]
    assert lab.ask(
        "SELECT state, rows, passed FROM greenshift.statements WHERE part = 'backfill'"
    ) == [["done", 1500, 1500]]


def test_two_migrators_at_once_move_every_row_once(lab: Any) -> None:
    event = lab.event(files(UPDATE, header="-- batch: 10\n"))
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: lab.call(event), range(3)))
    assert {answer["next"] for answer in answers} == {"done"}
    assert moved(lab) == [[1, 3000]]


def test_a_batch_is_not_committed_on_a_cursor_that_somebody_else_has_moved(lab: Any) -> None:
    """As by two migrators of one token, should the lock between them ever be lost."""
    meddles = (
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE greenshift.statements SET cursor = '7' WHERE part = 'backfill'; RETURN NULL; END $$;"
        "CREATE TRIGGER meddle AFTER UPDATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION meddle();"
    )
    both = files(UPDATE, rows=300, header="-- batch: 100\n")
    both["0001_orders.expand.sql"] += meddles
    with pytest.raises(TransientDatabase, match="has moved the cursor of 0001_orders"):
        lab.migrate(both)
    assert moved(lab) == [[0, 200], [1, 100]]


def test_a_later_deployment_ends_a_backfill_between_two_batches_and_goes_on_with_it(
    lab: Any,
) -> None:
    """Nobody tells a migrator that its execution was stopped: the next one's token does."""
    release = files(SLOWLY, rows=1500, header="-- batch: 20\n")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lab.migrate, release)
        lab.poll(lambda: cursor(lab) > 0)
        again = {**release, "0001_orders.backfill.sql": HEADER + "-- batch: 500\n" + SLOWLY}
        assert lab.migrate(again)["next"] == "done"
        with pytest.raises(ClaimLost, match="since token 1"):
            first.result(20)
    assert moved(lab) == [[1, 1500]]
    assert lab.value("SELECT token FROM greenshift.fence") == 2


def test_a_lower_token_ends_at_once_while_a_later_deployment_works(lab: Any) -> None:
    release = files(SLOWLY, rows=1500, header="-- batch: 20\n")
    lower = lab.event(release)
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(lab.migrate, release)
        lab.poll(lambda: cursor(lab) > 0)
        with pytest.raises(ClaimLost, match="since token 1"):
            lab.call(lower)
        assert later.result(30)["next"] == "done"


def test_a_row_that_blue_holds_is_waited_for_in_short_tries(lab: Any) -> None:
    """A try gives up after half a second and lets go of all its rows; blue goes on with them."""
    lab.migrate({"0001_orders.expand.sql": ORDERS.format(rows=300)})
    with lab.connection() as holder, lab.connection() as blue, ThreadPoolExecutor(1) as pool:
        holder.run("BEGIN")
        holder.run("UPDATE orders SET times = times WHERE id = 300")
        migrating = pool.submit(lab.migrate, files(UPDATE, rows=300))
        lab.poll(
            lambda: lab.value(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                "AND application_name = 'greenshift-migrator'"
            )
        )
        longest = 0.0
        for _ in range(3):
            began = time.monotonic()
            blue.run("UPDATE orders SET times = times WHERE id = 1")
            longest = max(longest, time.monotonic() - began)
        assert longest < 3.0
        assert not migrating.done()
        holder.run("COMMIT")
        assert migrating.result(30)["next"] == "done"
    assert moved(lab) == [[1, 300]]


def test_rows_that_stay_locked_are_a_transient_error_that_names_the_backfill(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0.3)
    lab.migrate({"0001_orders.expand.sql": ORDERS.format(rows=300)})
    with lab.connection() as holder:
        holder.run("BEGIN")
        holder.run("UPDATE orders SET times = times WHERE id = 300")
        with pytest.raises(
            TransientDatabase, match=r"0001_orders\.backfill\.sql:3: its rows were locked for"
        ):
            lab.migrate(files(UPDATE, rows=300))
    assert lab.migrate(files(UPDATE, rows=300))["next"] == "done"
    assert moved(lab) == [[1, 300]]


def test_batches_grow_and_shrink_to_their_target(lab: Any) -> None:
    """Rows of a millisecond: 1,000 of them take too long, and the batch is cut to what fits."""
    lab.migrate(files(SLOWLY.replace("0.002", "0.001"), rows=2000))
    longest = lab.value("SELECT held_ms FROM greenshift.statements WHERE part = 'backfill'")
    assert longest > 500, "the first batch was too large"
    assert moved(lab) == [[1, 2000]]
    seen = lab.value("SELECT count(DISTINCT xmin::text) FROM orders")
    assert 4 <= seen <= 60, seen


def test_a_batch_that_takes_far_too_long_is_tried_again_with_fewer_rows(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BATCH_MS", 400)
    assert lab.migrate(files(SLOWLY, rows=500))["next"] == "done"
    assert moved(lab) == [[1, 500]]


def test_a_single_row_that_takes_too_long_is_refused(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BATCH_MS", 300)
    with pytest.raises(
        MigrationFailed, match=r"0001_orders\.backfill\.sql:3: a single row takes longer than 0 s"
    ):
        lab.migrate(files(f"{UPDATE} AND pg_sleep(2) IS NOT NULL", rows=3))
    assert moved(lab) == [[0, 3]]


def test_a_stop_leaves_the_cursor_with_its_rows(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The execution is gone, the invocation ends with its slice, and no other one comes."""
    monkeypatch.setattr("handlers.domain.schema.backfill.pace.SHORTEST_SLICE", 0.0)
    monkeypatch.setattr(runner, "next_size", lambda size, _: size)
    assert lab.migrate(files(UPDATE))["next"] == "again"
    assert cursor(lab) == 1000
    assert moved(lab) == [[0, 2000], [1, 1000]]


def test_the_next_migrator_gets_the_lock_while_a_killed_ones_statement_still_runs(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server looks every half second whether its client lives."""
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 10)
    event = lab.event(
        files(f"{UPDATE} AND pg_sleep(4) IS NOT NULL", rows=1, header="-- batch: 1\n")
    )
    with migrator(lab, event) as process:
        lab.poll(
            lambda: lab.value(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                "AND query LIKE 'UPDATE orders%' AND application_name = 'greenshift-migrator'"
            )
        )
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lab.call(event)["next"] == "done"
    assert moved(lab) == [[1, 1]]


def test_blue_reads_and_writes_while_rows_are_moved_and_nothing_fails(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS.format(rows=20000)})
    stop, done = threading.Event(), {"reads": 0, "writes": 0}

    def blue() -> None:
        with lab.connection() as connection:
            while not stop.is_set():
                key = done["reads"] * 37 % 20000 + 1
                connection.run(f"SELECT times FROM orders WHERE id = {key}")
                connection.run(f"UPDATE orders SET times = times WHERE id = {key}")
                done["reads"] += 1
                done["writes"] += 1

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(blue)
        try:
            assert lab.migrate(files(UPDATE, rows=20000))["next"] == "done"
        finally:
            stop.set()
        running.result(20)
    assert done["writes"] > 0
    assert moved(lab) == [[1, 20000]]
