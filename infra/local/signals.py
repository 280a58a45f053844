"""SIGINT, SIGTERM and SIGHUP alike: what was begun is cleaned up, then the process ends."""

import signal
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


def _raise(number: int, _frame: FrameType | None) -> NoReturn:
    for each in _NUMBERS:
        signal.signal(each, signal.SIG_IGN)
    raise Signalled(number)
