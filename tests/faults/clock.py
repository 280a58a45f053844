"""Time that passes when it is asked for: nothing sleeps, and every run sees the same moments."""

import threading
import time

TICK = 0.001


class Clock:
    """Stands for the module `time` where the handlers read it; a sleep is over at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = self._kept = time.time()

    def keep(self) -> None:
        """No run begins before this moment: what it finds was made by then."""
        self._kept = max(self._kept, self.time())

    def begin(self) -> None:
        """A run begins, a minute after what it finds was made, and not long after the moment that
        the interpreter takes for its start.
        """
        with self._lock:
            self._now = max(self._kept, time.time()) + 60

    def time(self) -> float:
        return self.pass_by(TICK)

    monotonic = perf_counter = time

    def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> float:
        """Moves the time on, and answers what it is then."""
        with self._lock:
            self._now += max(seconds, TICK)
            return self._now
