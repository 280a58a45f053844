"""SIGINT, SIGTERM and SIGHUP alike: what was begun is cleaned up, then the process ends."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signalled(KeyboardInterrupt):
    """The process was told to end; `exit_code` is what a shell expects then."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.exit_code = 128 + number


def raise_when_signalled() -> None:
    """From now on the first of these signals raises Signalled in the main thread, and later ones do
    not disturb the cleaning up. What the caller ignores (`nohup`) stays ignored.
    """
    for number in _NUMBERS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """What the process is told in this block is heard at its end, so that nothing that the block
    makes is made half. Only the main thread hears signals: in others this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told: list[int] = []
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    heard = {number: by for number, by in before.items() if by not in (signal.SIG_IGN, None)}
    try:
        for number in heard:
            signal.signal(number, lambda number, _frame: told.append(number))
        yield
    finally:
        for number, by in heard.items():
            signal.signal(number, by)
        if told:
            signal.raise_signal(told[0])


def _raise(number: int, _frame: FrameType | None) -> NoReturn:
    for each in _NUMBERS:
        signal.signal(each, signal.SIG_IGN)
    raise Signalled(number)
