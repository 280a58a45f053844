"""The process that holds an environment together: `python -m infra.local.keeper`.

It starts the emulator and PostgreSQL, writes `environment.json` once both answer, and ends both
when it is told to (SIGTERM) or, with `--watch`, when its standard input ends; that file says so
until all is gone. Because it leads a
session of its own, neither a Ctrl-C in the terminal nor a killed parent can leave anything behind;
what is left when it is killed itself, the sweeper clears up.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from infra.local.postgres import Postgres, free_port
from infra.local.sweeper import Sweeper

START_SECONDS = 60.0
REGION, ACCOUNT = "us-east-1", "000000000000"
_KEPT = (
    "PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE",
    "GREENSHIFT_WHOLE_MINUTES",
)  # fmt: skip


class Emulator:
    """MiniStack as a child process that dies with this one."""

    def __init__(self, folder: Path, *, stock: bool, enforce: bool, instant: bool) -> None:
        self.port = free_port()
        self._log = folder / "emulator.log"
        self.folder = Path(tempfile.mkdtemp(prefix="greenshift-emulator-"))
        command = [sys.executable, "-m", "infra.local.emulator", "--port", str(self.port)]
        switches = {"--stock": stock, "--enforce": enforce, "--instant": instant}
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--folder", self.folder, *(each for each, on in switches.items() if on)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
                env={**environment, "TZ": "UTC", "LOG_LEVEL": "WARNING"},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def await_ready(self) -> None:
        """Returns when the port answers; raises when it does not within a minute."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        tail = self._log.read_text(errors="replace").strip()[-800:]
        raise RuntimeError(f"the emulator did not start; its log is {self._log}, ending: {tail}")

    def stop(self) -> None:
        """Ends the emulator with every function process that it started, and its files."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def keep(
    folder: Path, *, database: bool, stock: bool, enforce: bool, instant: bool, watch: bool
) -> None:
    """Brings the environment up, reports it or why not, and holds it until the end."""
    over = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    if watch:
        threading.Thread(target=_await_end_of_input, args=(over,), daemon=True).start()
    parts: list[Emulator | Postgres] = []
    sweeper: Sweeper | None = None
    try:
        emulator = Emulator(folder, stock=stock, enforce=enforce, instant=instant)
        parts.append(emulator)
        postgres = Postgres(folder) if database else None
        if postgres:
            parts.append(postgres)
        own = [emulator.folder, *([folder] if watch else [])]
        sweeper = Sweeper(own, log=folder / "keeper.log")
        answer = {
            "endpoint_url": f"http://127.0.0.1:{emulator.port}",
            "region": REGION,
            "account": ACCOUNT,
            "folder": str(folder),
            "database": asdict(postgres.start()) if postgres else None,
        }
        emulator.await_ready()
        pids = [os.getpid(), *(part.pid for part in parts)]
        _write(folder / "environment.json", {**answer, "pids": pids})
        over.wait()
        _write(folder / "environment.json", {**answer, "pids": pids, "ending": True})
    except (OSError, RuntimeError, subprocess.SubprocessError) as reason:
        _write(folder / "failure.json", {"reason": str(reason)})
    finally:
        for part in reversed(parts):
            part.stop()
        (folder / "environment.json").unlink(missing_ok=True)
        if watch and over.is_set():
            shutil.rmtree(folder, ignore_errors=True)
        if sweeper:
            sweeper.dismiss()


def _await_end_of_input(over: threading.Event) -> None:
    sys.stdin.buffer.read()
    over.set()


def _write(path: Path, document: object) -> None:
    # Written beside and renamed: whoever polls for the file never reads half of it.
    beside = path.with_suffix(".partial")
    beside.write_text(json.dumps(document, indent=1))
    beside.chmod(0o600)
    beside.replace(path)


def main() -> None:
    """Reads the arguments and keeps the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--no-database", action="store_true")
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--enforce", action="store_true")
    parser.add_argument("--instant", action="store_true")
    parser.add_argument("--watch", action="store_true", help="end with the standard input")
    words = parser.parse_args()
    keep(
        words.folder,
        database=not words.no_database,
        stock=words.stock,
        enforce=words.enforce,
        instant=words.instant,
        watch=words.watch,
    )


if __name__ == "__main__":
    main()
