"""The invocation that is under way: Lambda makes one at a time in an environment."""

import math
import time
from typing import Any

_ENDING_SECONDS = 5.0
"""Kept back, so that a phase can still say why it ends."""


class Invocation:
    """Knows when the phase has to end; before the first one begins it never has to."""

    def __init__(self) -> None:
        self._ends = math.inf

    def begin(self, context: object) -> None:
        """An invocation begins; Lambda's context knows its time-out, and None has none."""
        remaining: Any = getattr(context, "get_remaining_time_in_millis", None)
        self._ends = math.inf
        if remaining is not None:
            self._ends = time.monotonic() + remaining() / 1000 - _ENDING_SECONDS

    def left(self) -> float:
        """Seconds until the phase has to end."""
        return self._ends - time.monotonic()


invocation = Invocation()
"""Of this environment."""
