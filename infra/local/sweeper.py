"""Clears up after a process that was killed: `python -m infra.local.sweeper FOLDER…`.

It waits for the end of its standard input, whose other end that process alone holds. A process that
ends in order says so before; after SIGKILL there are folders to clear up, and a server in one.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_PATIENCE_SECONDS = 10.0


class Sweeper:
    """The process, as the one that it watches sees it; it ends after that, by itself."""

    def __init__(self, folders: Sequence[Path], *, log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.sweeper", *map(str, folders)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
            )

    def dismiss(self) -> None:
        """Ends it; there is nothing to clear up. Safe to repeat."""
        if self._process.poll() is None:
            self._process.communicate(b"dismissed")


def sweep(folder: Path) -> None:
    """Ends the PostgreSQL server that runs on the folder, if one does, and removes the folder."""
    server = _server_of(folder)
    if server is not None:
        _end(server)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    # The emulator's functions may write for a moment longer.
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


def _server_of(folder: Path) -> int | None:
    """The first line of postmaster.pid, which is there as long as the server is.

    https://www.postgresql.org/docs/current/storage-file-layout.html
    """
    try:
        return int((folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _end(server: int) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, number)
        deadline = time.monotonic() + _PATIENCE_SECONDS / 2
        while time.monotonic() < deadline:
            try:
                os.kill(server, 0)
            except ProcessLookupError:
                return
            time.sleep(0.02)


def main() -> None:
    """Waits for the end of who started it, then sweeps."""
    dismissed = sys.stdin.buffer.read()
    for folder in () if dismissed else sys.argv[1:]:
        sweep(Path(folder))


if __name__ == "__main__":
    main()
