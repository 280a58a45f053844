"""Gross failure by green's own log: the veto's rule, on seconds that CloudWatch has not counted.

A healthy green does not come to it by chance: of the 9 requests at which five failures are still
more than half, a green that fails 1 % has five with a chance of one in 80 million.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.logs.counting import WINDOW_SECONDS, Window
from handlers.domain.verdict.veto import VETO_FAILURES

LONGEST_SECONDS = 30
"""A burst is within so much time."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Requests of green in `seconds` from the epoch second `start` on."""

    start: int
    seconds: int
    finished: int
    failed: int


def burst(windows: Sequence[Window], *, since: float, answered: bool) -> Burst | None:
    """The gravest burst in the windows that began at `since` (epoch seconds) or later, if one of
    them is gross: 5 failures or more, and more than half of what finished in it.

    Failures that the service answered count only where it is said so.
    """
    counted = sorted((each for each in windows if each.start >= since), key=lambda w: w.start)
    runs = (
        _summed(counted[first:end], answered)
        for end in range(1, len(counted) + 1)
        for first in range(end)
        if counted[end - 1].start - counted[first].start < LONGEST_SECONDS
    )
    gross = [run for run in runs if run.failed >= VETO_FAILURES and 2 * run.failed > run.finished]
    return max(gross, key=lambda run: (2 * run.failed - run.finished, -run.start), default=None)


def burst_words(found: Burst) -> str:
    """The sentence of a veto by it."""
    return (
        f"green failed {found.failed:,} of {found.finished:,} requests in {found.seconds} s by its "
        "log, more than half: fail (error burst)"
    )


def _summed(run: Sequence[Window], answered: bool) -> Burst:
    failed = sum(each.failed + (each.answered if answered else 0) for each in run)
    # What failed has finished, though its report may not have been delivered yet.
    finished = max(failed, sum(each.finished for each in run))
    seconds = run[-1].start - run[0].start + WINDOW_SECONDS
    return Burst(run[0].start, seconds, finished, failed)
