"""Rows a second and worst batch of a backfill beside one UPDATE of the same rows, and what blue
notices of an expand, a backfill and that UPDATE: its point reads and updates, from a process of
its own, beside the same at rest.

The real migrator on the embedded PostgreSQL (fsync off), both on this machine. Blue's latency is
from sending a statement to its answer; half of its statements read a row, half update one, keys
drawn over the whole table.
"""

import json
import logging
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pg8000.native import Connection

HERE = Path(__file__)
sys.path.insert(0, str(HERE.parents[1] / "statemachine/migrate_schema"))

from conftest import BUCKET, Lab

from handlers.gating import in_deployment
from infra.local.environment import embedded

ROWS = 300_000
LEAST = 3_000
CLIENTS, PAUSE = 4, 0.004
FILL = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL, touched int NOT NULL DEFAULT 0);"
    f"INSERT INTO orders SELECT n, 'item ' || n FROM generate_series(1, {ROWS}) n;"
    "CREATE INDEX orders_item ON orders (item);"
)
KEYSET = "UPDATE orders SET {column} = length(item) WHERE id > $1 AND id <= $2"
HEADER = "-- table: orders\n-- key: id\n"


def blue(login: str) -> None:
    """Reads and updates until standard input ends; prints latencies and failures as JSON."""
    known = json.loads(login)
    stop, latencies, failed = threading.Event(), [], []

    def work() -> None:
        connection = Connection(**known)
        while not stop.is_set():
            key = random.randint(1, ROWS)
            for sql in (
                f"SELECT item FROM orders WHERE id = {key}",
                f"UPDATE orders SET touched = touched + 1 WHERE id = {key}",
            ):
                began = time.perf_counter()
                try:
                    connection.run(sql)
                except Exception as error:  # noqa: BLE001 - whatever fails is counted
                    failed.append(str(error))
                latencies.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE)

    workers = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for worker in workers:
        worker.start()
    print("ready", flush=True)
    sys.stdin.read()
    stop.set()
    for worker in workers:
        worker.join()
    print(json.dumps({"latencies": latencies, "failed": failed}))


class Seen:
    """What blue saw while something went on, over all its runs."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.failed: list[str] = []

    def percentile(self, share: float) -> float:
        return sorted(self.latencies)[
            min(len(self.latencies) - 1, int(share * len(self.latencies)))
        ]


@contextmanager
def seen_by_blue(lab: Lab, seen: Seen) -> Iterator[None]:
    database = lab.database
    login = {"user": database.user, "password": database.password, "host": database.host, "port": database.port, "database": database.name}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, HERE, json.dumps(login)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield
    found = json.loads(process.communicate()[0])
    seen.latencies += found["latencies"]
    seen.failed += found["failed"]


class Story:
    """Releases one after the other, each on the migrations of those before it."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.files, self.number = lab, {"0001_orders.expand.sql": FILL}, 1
        self.figures: dict[str, list[float]] = {"backfill": [], "worst batch": [], "update": []}
        lab.migrate(self.files)

    def at_rest(self) -> None:
        time.sleep(3)

    def expand(self) -> None:
        column = self._column()
        self._release(
            "expand",
            f"ALTER TABLE orders ADD COLUMN {column} text, ADD COLUMN {column}_at timestamptz;"
            f"ALTER TABLE orders ADD CONSTRAINT {column}_short CHECK (length({column}) < 9) NOT VALID;"
            f"ALTER TABLE orders VALIDATE CONSTRAINT {column}_short;"
            f"CREATE INDEX CONCURRENTLY orders_{column} ON orders (item, {column});"
            f"DROP INDEX CONCURRENTLY orders_{column};",
        )

    def backfill(self) -> None:
        began = time.perf_counter()
        answer = self._release("backfill", HEADER + KEYSET.format(column=self._target))
        self.figures["backfill"].append(ROWS / (time.perf_counter() - began))
        assert answer["backfill"]["rows"] == ROWS, answer
        longest = "SELECT held_ms FROM greenshift.statements WHERE part = 'backfill' AND version = "
        self.figures["worst batch"].append(self.lab.value(f"{longest}{self.number}"))

    def update(self) -> None:
        began = time.perf_counter()
        self.lab.ask(f"UPDATE orders SET {self._target} = length(item)")
        self.figures["update"].append(time.perf_counter() - began)

    def fresh(self) -> None:
        """A new column to move data into, and a table without dead rows."""
        self._target = self._column()
        self._release("expand", f"ALTER TABLE orders ADD COLUMN {self._target} int")
        self.lab.ask("VACUUM FULL orders")

    def _column(self) -> str:
        return f"column_{self.number}"

    def _release(self, part: str, sql: str) -> dict[str, Any]:
        self.number += 1
        self.files[f"{self.number:04}_step.{part}.sql"] = sql
        event = self.lab.event(self.files)
        while (answer := self.lab.call(event))["next"] == "again":
            event = {**event, "schema": answer}
        return answer


def measured(story: Story, act: Callable[[], None]) -> Seen:
    """What blue sees while `act` goes on, again until it has seen enough."""
    seen = Seen()
    while len(seen.latencies) < LEAST:
        story.fresh()
        with seen_by_blue(story.lab, seen):
            act()
    return seen


def alone(story: Story) -> None:
    """Backfill and UPDATE with nothing beside them, three times each."""
    for _ in range(3):
        for act in (story.backfill, story.update):
            story.fresh()
            act()
    backfill, update = (sorted(story.figures[name])[1] for name in ("backfill", "update"))
    print(f"{f'{ROWS:,} rows, nothing beside':<40}{'rows a second':>15}{'locks held, ms':>16}")
    worst = max(story.figures["worst batch"])
    print(f"{'backfill, worst batch of three':<40}{backfill:>15,.0f}{worst:>16,.0f}")
    print(f"{'one UPDATE':<40}{ROWS / update:>15,.0f}{update * 1000:>16,.0f}")


def main() -> None:
    logging.disable(logging.CRITICAL)
    with embedded() as environment, pytest.MonkeyPatch.context() as monkeypatch:
        environment.client("s3").create_bucket(Bucket=BUCKET)
        environment.client("s3").put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        monkeypatch.setattr(in_deployment, "accept", lambda *_: "gate: not in this bench")
        story = Story(Lab(environment, monkeypatch))
        alone(story)
        print(
            f"\n{'blue, while':<40}{'statements':>15}{'failed':>8}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}"
        )
        acts = {
            "nothing goes on": story.at_rest,
            "an expand with an index": story.expand,
            "a backfill": story.backfill,
            "one UPDATE": story.update,
        }
        for name, act in acts.items():
            seen = measured(story, act)
            p50, p99, most = (seen.percentile(share) for share in (0.5, 0.99, 1.0))
            print(
                f"{name:<40}{len(seen.latencies):>15,}{len(seen.failed):>8}{p50:>8.1f}{p99:>8.1f}{most:>8.0f}"
            )
            assert not seen.failed, seen.failed[:3]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        blue(sys.argv[1])
    else:
        main()
