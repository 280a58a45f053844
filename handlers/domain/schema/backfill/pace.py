"""How large a batch is, and how long one invocation goes on."""

QUICK_MS, SLOW_MS = 50.0, 200.0
"""A batch is to take between these: long enough to be worth its commit, short enough that blue's
statements on the same rows hardly notice.
"""
_AIM_MS = 100.0
LARGEST_BATCH = 50_000
SHORTEST_SLICE, LONGEST_SLICE = 15.0, 600.0
"""Seconds."""


def next_size(size: int, milliseconds: float) -> int:
    """The size of the next batch after one of `size` rows that took so long: twice as large at
    most, and as small as it must be at once; from 1 to 50,000.
    """
    if milliseconds < QUICK_MS:
        return min(size * 2, LARGEST_BATCH)
    if milliseconds > SLOW_MS:
        return max(1, int(size * _AIM_MS / milliseconds))
    return min(max(size, 1), LARGEST_BATCH)


def slice_seconds(spent: float) -> float:
    """How long the next invocation backfills when those before it took `spent` seconds.

    A tenth of what was spent: progress shows at once at the beginning, and a backfill of days costs
    few events of the execution's history.
    """
    return min(max(spent / 10, SHORTEST_SLICE), LONGEST_SLICE)


def slices(seconds: float) -> int:
    """How many invocations a backfill of so many seconds takes."""
    count, spent = 0, 0.0
    while spent < seconds:
        spent += slice_seconds(spent)
        count += 1
    return count
