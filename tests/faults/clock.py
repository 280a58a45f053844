"""Time that passes when it is asked for: nothing sleeps, and every run sees the same moments."""

import threading
import time

TICK = 0.001


class Clock:
    """Stands for the module `time` where the handlers read it; a sleep is over at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = time.time()

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
