"""A backfill pauses while a replica is behind, and says so; real standbys, and Aurora's by its own function."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.local.postgres import Postgres, free_port

ORDERS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, times int NOT NULL DEFAULT 0);\n"
    "INSERT INTO orders SELECT n FROM generate_series(1, 3000) n;\n"
)
HEADER = "-- table: orders\n-- key: id\n"
UPDATE = "UPDATE orders SET times = times + 1 WHERE id > $1 AND id <= $2"


def files(*, expand: str = "", header: str = "") -> dict[str, str]:
    return {
        "0001_orders.expand.sql": ORDERS + expand,
        "0001_orders.backfill.sql": HEADER + header + UPDATE,
    }


def moved(lab: Any) -> list[list[Any]]:
    """How many rows were done how often."""
    return lab.ask("SELECT times, count(*) FROM orders GROUP BY times ORDER BY times")


@pytest.fixture(autouse=True)
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.domain.schema.backfill.pace.SHORTEST_SLICE", 0.2)


AURORA = (
    "CREATE TABLE lag (ms float8); INSERT INTO lag VALUES (9000);"
    "CREATE FUNCTION aurora_replica_status() RETURNS TABLE (session_id text, replica_lag_in_msec float8) "
    "LANGUAGE sql AS $$ SELECT 'MASTER_SESSION_ID', NULL::float8 UNION ALL SELECT 'reader', ms FROM lag $$;"
)


def test_it_pauses_while_an_aurora_replica_is_behind(lab: Any) -> None:
    event = lab.event(files(expand=AURORA))
    paused = lab.call(event)
    assert (paused["next"], paused["backfill"]["rows"], paused["backfill"]["secondsLeft"]) == (
        "again",
        0,
        None,
    )
    assert paused["reason"].endswith("rows; it pauses for a replica that is 9 s behind")
    lab.ask("UPDATE lag SET ms = 4000")
    assert lab.call(event)["next"] == "done"
    assert moved(lab) == [[1, 3000]]


def test_the_file_says_how_far_a_replica_may_be_behind(lab: Any) -> None:
    assert lab.migrate(files(expand=AURORA, header="-- lag: 10\n"))["next"] == "done"


@contextmanager
def standby(lab: Any, folder: Path) -> Iterator[None]:
    """A physical replica of the whole cluster that replays every commit three seconds late."""
    helper = Postgres(folder)
    programs, database = helper._programs(), lab.database
    data, environment = (
        helper.folder / "data",
        helper._environment() | {"PGPASSWORD": database.password},
    )
    helper.folder.chmod(0o700)
    if helper._account:
        os.chown(helper.folder, helper._account.pw_uid, helper._account.pw_gid)
    subprocess.run(
        [programs / "pg_basebackup", "-h", database.host, "-p", str(database.port), "-U", database.user,
         "-D", data, "-c", "fast", "-X", "stream", "-R", "--no-sync"],
        check=True, capture_output=True, env=environment, **helper._identity(),
    )  # fmt: skip
    settings = (
        "max_connections=200",
        "unix_socket_directories=",
        "fsync=off",
        "recovery_min_apply_delay=3s",
        "wal_receiver_status_interval=1",
    )
    command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(free_port())]
    command += [word for setting in settings for word in ("-c", setting)]
    server = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        **helper._identity(),
    )
    try:
        yield
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(10)
        shutil.rmtree(helper.folder, ignore_errors=True)


def test_it_pauses_for_a_standby_and_says_when_it_may_not_see_one(lab: Any, tmp_path: Path) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    strict = lab.event(files(header="-- lag: 1\n"))
    with standby(lab, tmp_path):
        lab.poll(
            lambda: (
                lab.ask("CREATE OR REPLACE VIEW tick AS SELECT 1")
                or lab.value("SELECT max(replay_lag) > '1.5 s' FROM pg_stat_replication")
            )
        )
        paused = lab.call(strict)
        assert paused["next"] == "again"
        assert "it pauses for a replica that is" in paused["reason"]
        assert moved(lab) == [[0, 3000]]
        lab.ask(
            f"CREATE ROLE {lab.service} LOGIN PASSWORD 'blind'; GRANT ALL ON orders TO {lab.service};"
            f"GRANT ALL ON SCHEMA greenshift TO {lab.service};"
            f"GRANT ALL ON ALL TABLES IN SCHEMA greenshift TO {lab.service}"
        )
        lab.login(username=lab.service, password="blind")
        blind = lab.poll(lambda: found if (found := lab.call(strict))["next"] == "done" else None)
    assert blind["reason"].endswith(
        "how far replicas are behind could not be seen, so it did not pause for them; "
        f'run: GRANT pg_monitor TO "{lab.service}"'
    )
