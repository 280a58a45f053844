"""Child processes that end with this one: each leads a group of its own, which is ended as a whole
when nobody waits for it any more.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from infra.local.signals import held_back

_T = TypeVar("_T")

_PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.05

_running: "set[subprocess.Popen[str]]" = set()


def run(
    command: Sequence[str], *, timeout_seconds: float | None = None, **settings: Any
) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` with text. An error, a signal or the time-out ends the command with all
    that it has started, also a signal that comes while it is being started.
    """
    with contextlib.ExitStack() as stack:
        with held_back():
            child = subprocess.Popen(command, text=True, start_new_session=True, **settings)
            stack.enter_context(child)
            stack.enter_context(_waited_for(child))
        output, errors = child.communicate(timeout=timeout_seconds)
    return subprocess.CompletedProcess(command, child.returncode, output, errors)


@contextlib.contextmanager
def beside(call: Callable[..., _T], *arguments: object) -> Iterator[Future[_T]]:
    """Makes the call in a thread beside the block, which ends after it. When the block does not end
    well, the children that the call waits for are ended, also one that it only starts by then.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        called = pool.submit(call, *arguments)
        try:
            yield called
        except BaseException:
            while not called.done():
                for child in tuple(_running):
                    _end(child)
                wait([called], timeout=_LOOK_SECONDS)
            raise


@contextlib.contextmanager
def _waited_for(child: "subprocess.Popen[str]") -> Iterator[None]:
    _running.add(child)
    try:
        yield
    except BaseException:
        _end(child)
        raise
    finally:
        _running.discard(child)


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
