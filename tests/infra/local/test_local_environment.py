"""What an environment promises: a database with a password, and nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.local import emulator, environment
from infra.local.environment import Environment, LocalError, embedded

dbapi = import_module("pg8000.dbapi")

HOLDER = """
import json, sys, time
from infra.local.environment import embedded
with embedded() as e:
    database = e.database
    print(json.dumps({"pids": e.pids, "folder": str(e.folder), "port": database.port}), flush=True)
    time.sleep(600)
"""

CLUSTER = """
import sys, time
from pathlib import Path
from infra.local.postgres import Postgres
server = Postgres(Path(sys.argv[1]))
server.start()
print(server.pid, server.folder, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Environment]:
    with embedded() as found:
        yield found


def connect(running: Environment, **changes: Any) -> Any:
    assert running.database is not None
    database = running.database
    words = {"host": database.host, "port": database.port, "database": database.name}
    words |= {"user": database.user, "password": database.password}
    return dbapi.connect(**{**words, **changes})


def test_the_database_is_postgresql_18_with_statement_statistics(running: Environment) -> None:
    with closing(connect(running)) as connection:
        cursor = connection.cursor()
        cursor.execute("show server_version")
        assert cursor.fetchone()[0].startswith("18")
        cursor.execute("create extension pg_stat_statements")
        cursor.execute("select count(*) from pg_stat_statements")
        cursor.execute("show unix_socket_directories")
        assert cursor.fetchone()[0] == ""


@pytest.mark.parametrize("password", ["wrong", "postgres"])
def test_the_database_wants_its_password(running: Environment, password: str) -> None:
    assert running.database is not None
    # A connection of the test's own: pg8000 leaves open what it opened for a login that failed.
    with (
        socket.create_connection((running.database.host, running.database.port)) as own,
        pytest.raises(dbapi.Error),
    ):
        connect(running, password=password, sock=own)


def test_everything_listens_on_loopback_only(running: Environment) -> None:
    assert running.database is not None
    ports = {running.database.port, int(running.endpoint_url.rsplit(":", 1)[1])}
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            host, port = address.split(":")
            if state == "0A" and int(port, 16) in ports:
                listening.add((host, int(port, 16)))
    assert listening == {("0100007F", port) for port in ports}


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def await_gone(pids: list[int], *paths: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not any(map(alive, pids)) and not any(path.exists() for path in paths):
            return
        time.sleep(0.05)
    raise AssertionError(f"left behind: {[p for p in pids if alive(p)]} {paths}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_survives_the_process_that_wanted_it(
    number: signal.Signals, tmp_path: Path
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert holder.stdout is not None
    told = json.loads(holder.stdout.readline())
    holder.send_signal(number)
    holder.wait(30)
    holder.stdout.close()
    await_gone(told["pids"], Path(told["folder"]))
    deadline = time.monotonic() + 10
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", told["port"])) != 0


def test_no_cluster_survives_the_process_that_wanted_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", CLUSTER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    pid, folder = holder.stdout.readline().split()
    assert alive(int(pid))
    holder.kill()
    holder.wait(30)
    holder.stdout.close()
    await_gone([int(pid)], Path(folder))


def test_a_keeper_that_is_killed_leaves_neither_servers_nor_folders(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", "from infra.local.environment import up; up()"],
        env={
            **os.environ,
            "TMPDIR": str(tmp_path),
            "GREENSHIFT_LOCAL": str(tmp_path / "local"),
        },
        check=True,
        timeout=120,
    )
    found = environment.status(tmp_path / "local")
    assert found is not None
    home = Path(f"/proc/{found.pids[-1]}/cwd").resolve().parent
    work = tmp_path / "local" / "work-of-a-demo-that-was-killed"
    work.mkdir()
    os.kill(found.pids[0], signal.SIGKILL)
    assert home.name.startswith("greenshift-postgres-")
    await_gone(list(found.pids), home)
    deadline = time.monotonic() + 20
    while left := list(tmp_path.glob("greenshift-*")):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert environment.status(tmp_path / "local") is None
    again = environment.up(tmp_path / "local", database=False)
    assert environment.down(tmp_path / "local")
    await_gone(list(again.pids), work)


def test_nothing_survives_an_error_in_the_block() -> None:
    with pytest.raises(KeyError), embedded(database=False) as found:
        raise KeyError
    await_gone(list(found.pids), found.folder)


def test_up_status_and_down_meet_in_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "local"
    assert environment.status(folder) is None
    found = environment.up(folder, database=False)
    try:
        assert environment.up(folder) == found == environment.status(folder)
        assert found.client("sts").get_caller_identity()["Account"] == found.account
    finally:
        assert environment.down(folder)
    await_gone(list(found.pids))
    assert environment.status(folder) is None
    assert not environment.down(folder)


def test_one_that_is_ending_is_told_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "local"
    monkeypatch.setenv("GREENSHIFT_LOCAL", str(folder))
    keeper, _, server = environment.up(folder).pids
    os.kill(server, signal.SIGSTOP)
    try:
        os.kill(keeper, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while not environment.is_ending():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert environment.status() is None
        told = CliRunner().invoke(app, ["local", "status"]).stdout
        assert "the local environment is ending" in told
        monkeypatch.setattr(environment, "STOP_SECONDS", 0.1)
        with pytest.raises(LocalError, match=rf"processes {keeper}, .* by hand"):
            environment.down()
        monkeypatch.undo()
    finally:
        os.kill(server, signal.SIGCONT)
    again = environment.up(folder, database=False)
    assert again.pids[0] != keeper, "not before the other is gone"
    assert environment.down(folder)
    assert not environment.is_ending(folder)


def test_another_ministack_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert emulator.refusal() is None
    monkeypatch.setattr(emulator, "version", lambda _name: "1.6.0")
    assert "install ministack==1.5.33" in (emulator.refusal() or "")


def test_a_start_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ministack"
    broken.mkdir()
    (broken / "__init__.py").write_text("")
    (broken / "app.py").write_text("raise SystemExit('no emulator today')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with (
        pytest.raises(LocalError, match=r"did not start.*no emulator today"),
        embedded(database=False, stock=True),
    ):
        pass
