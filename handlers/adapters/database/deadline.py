"""How much of a Lambda's time is left, and how much of that work may take."""

import time
from dataclasses import dataclass

RESERVE_SECONDS = 15.0
"""Kept back for saying how it ended: a Lambda that is cut off says nothing."""
_WITHOUT_CONTEXT_SECONDS = 840.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, on the monotonic clock, at which Lambda ends this invocation."""

    at: float

    @classmethod
    def of(cls, context: object) -> "Deadline":
        """Lambda's own deadline; 14 minutes where nobody gave one."""
        ask = getattr(context, "get_remaining_time_in_millis", None)
        left = ask() / 1000 if callable(ask) else _WITHOUT_CONTEXT_SECONDS
        return cls(time.monotonic() + left)

    def left(self) -> float:
        """Seconds until the end, less the reserve; never less than one."""
        return max(1.0, self.at - time.monotonic() - RESERVE_SECONDS)
