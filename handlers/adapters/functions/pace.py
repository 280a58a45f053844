"""A pace for calls that one environment makes by itself, without asking who else makes some."""

import threading
import time
from collections.abc import Callable


class Pace:
    """A bucket of one second's calls: full at first, refilled evenly at `rate` a second; `wait`
    takes one and waits while it is empty.
    """

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._rate, self._left, self._at = rate, rate, clock()

    def wait(self) -> None:
        """Returns when a call may be made; safe to call from several threads."""
        with self._lock:
            at = self._clock()
            self._left = min(self._rate, self._left + (at - self._at) * self._rate) - 1
            self._at = at
            pause = -self._left / self._rate
        if pause > 0:
            self._sleep(pause)
