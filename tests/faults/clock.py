"""Time that passes when it is asked for: nothing sleeps, and every run sees the same moments."""

import threading
import time

TICK = 0.001


class Clock:
    """Stands for the module `time` where the handlers read it; a sleep is over at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed = 0.0
        self._zero = self._kept = time.time()

    def monotonic(self) -> float:
        """Seconds that have passed by, in all runs."""
        return self._pass_by(TICK)

    perf_counter = monotonic

    def time(self) -> float:
        """What the time of day is."""
        return self.pass_by(TICK)

    def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> float:
        """Moves the time on, and answers what time of day it is then."""
        return self._zero + self._pass_by(seconds)

    def keep(self) -> None:
        """No run begins before this moment: what it finds was made by then."""
        self._kept = max(self._kept, self.time())

    def begin(self) -> None:
        """A run begins, a minute after what it finds was made, and not long after the moment that the
        interpreter takes for its start: the days that other runs have let pass by are not its own.
        """
        with self._lock:
            self._zero = max(self._kept, time.time()) + 60 - self._passed

    def _pass_by(self, seconds: float) -> float:
        with self._lock:
            self._passed += max(seconds, TICK)
            return self._passed
