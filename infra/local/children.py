"""Child processes that end with this one: each leads a group of its own, which is ended as a whole
when nobody waits for it any more.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

_PATIENCE_SECONDS = 2.0

_running: "set[subprocess.Popen[str]]" = set()


def run(
    command: Sequence[str], *, timeout_seconds: float | None = None, **settings: Any
) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` with text. An error, a signal or the time-out ends the command with all
    that it has started.
    """
    with subprocess.Popen(command, text=True, start_new_session=True, **settings) as child:
        _running.add(child)
        try:
            output, errors = child.communicate(timeout=timeout_seconds)
        except BaseException:
            _end(child)
            raise
        finally:
            _running.discard(child)
    return subprocess.CompletedProcess(command, child.returncode, output, errors)


@contextlib.contextmanager
def ended_with_the_block() -> Iterator[None]:
    """Ends also the children that other threads wait for when the block does not end well."""
    try:
        yield
    except BaseException:
        for child in tuple(_running):
            _end(child)
        raise


def _end(child: "subprocess.Popen[str]") -> None:
    _signal(child, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_PATIENCE_SECONDS)
    # What it has started may be slower, or deaf.
    _signal(child, signal.SIGKILL)
    child.wait()


def _signal(child: "subprocess.Popen[str]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
