"""A line in which calls stand, one behind the other, at a rate: all of an account's deployments
stand in the same one, each with a clock of its own.

The line is two numbers, however many stand in it. It is a leaky bucket told by the time at which it
is empty (the "generic cell rate algorithm", ITU-T I.371), so that taking a place is one addition.
"""

from dataclasses import dataclass
from typing import Literal

BURST_SECONDS = 0.5
"""As many calls as fit into that time go at once after a pause: those of a rollback, and what
others have made in the same moment, stay below what Lambda takes in a second.
"""
FARTHEST_SECONDS = 600.0
"""A line that is longer was made by a clock that is wrong: nobody stands in it."""
FIRST_FARTHEST_SECONDS = 60.0
"""The same for rollbacks: a hundred at once do not fill it, and none waits longer."""


@dataclass(frozen=True, slots=True)
class Line:
    """`free` is the epoch second at which the last call in it is made; `pushed` are the seconds, of
    all time, by which those who stand in it were put back for others.
    """

    free: float
    pushed: float


@dataclass(frozen=True, slots=True)
class Place:
    """The place of one call: `at` is its epoch second, known when the line was pushed so far."""

    at: float
    pushed: float

    def put_back(self, line: Line) -> "Place":
        """The same place, after what was let in before it meanwhile."""
        return Place(self.at + line.pushed - self.pushed, line.pushed)


@dataclass(frozen=True, slots=True)
class Taking:
    """What is written to take places. Exactly one of the two ways fits the line at any moment, and
    neither asks for the line to be as somebody has read it: those who take places at once do not
    make each other's writes fail.

    `append` adds `seconds` to a `free` that lies from `first` to `last`; `begin` sets it to `first`
    and `seconds` where there is none, or it lies elsewhere.
    """

    way: Literal["append", "begin"]
    seconds: float
    first: float
    last: float

    @classmethod
    def of(
        cls,
        calls: float,
        rate: float,
        now: float,
        seen: Line | None,
        farthest: float = FARTHEST_SECONDS,
    ) -> "Taking":
        """For so many calls at `rate` a second; `seen` is the line as it was known last."""
        first, last = now - BURST_SECONDS, now + farthest
        free = first - 1 if seen is None else seen.free
        return cls("append" if first <= free <= last else "begin", calls / rate, first, last)

    def other(self) -> "Taking":
        """The other way, where this one did not fit."""
        way: Literal["append", "begin"] = "begin" if self.way == "append" else "append"
        return Taking(way, self.seconds, self.first, self.last)

    def on(self, line: Line | None, *, push: bool = False) -> Line | None:
        """The line after it, None where this way does not fit."""
        fits = line is not None and self.first <= line.free <= self.last
        if fits != (self.way == "append"):
            return None
        before = line if fits and line else Line(self.first, line.pushed if line else 0)
        pushed = before.pushed + (self.seconds if push else 0)
        return Line(before.free + self.seconds, pushed)


def places(line: Line, calls: int, rate: float) -> list[Place]:
    """The places of the calls that were taken last in the line, in their order."""
    begins = line.free - calls / rate
    return [Place(begins + number / rate, line.pushed) for number in range(calls)]
