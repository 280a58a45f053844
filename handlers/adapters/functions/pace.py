"""A budget for Lambda's control plane, which takes 15 calls a second from the whole account and
region.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests
"""

import threading
import time
from collections.abc import Callable

CALLS_A_SECOND = 12.0
"""Three of the fifteen are left to CloudFormation and to others."""
BURST = 12.0


class Pace:
    """A bucket of calls: full at first, refilled evenly; `wait` takes one and waits while it is
    empty.

    So the first flips of a rollback wait for nothing, and a service of 60 functions is not
    throttled. Who can wait takes a `share` of it.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        share: float = 1,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._rate, self._burst = CALLS_A_SECOND * share, BURST * share
        self._left, self._at = self._burst, clock()

    def wait(self) -> None:
        """Returns when a call may be made; safe to call from several threads."""
        with self._lock:
            at = self._clock()
            self._left = min(self._burst, self._left + (at - self._at) * self._rate) - 1
            self._at = at
            pause = -self._left / self._rate
        if pause > 0:
            self._sleep(pause)
