"""A metric of the service's own as strata: how often blue and green counted, and how often badly.

The total is the marker: a version that has not counted it in a stratum has not been there, and a
part that it has not counted beside the total is none.
"""

from handlers.domain.verdict.counts import PairCounts
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.when import When

MOST = 1_000_000_000
"""In one stratum: beyond it a metric measures rather than counts."""


def pair_strata(blue: PairCounts, green: PairCounts, when: When) -> tuple[tuple[Stratum, ...], int]:
    """The closed strata, and how many were left out as they say what cannot be: a count that is
    negative, no number or beyond a billion, and a part that is more than its total.
    """
    found: list[Stratum] = []
    arms = [(when.summed(arm.total), when.summed(arm.part), arm.succeeded) for arm in (green, blue)]
    starts = {start for (total, bad), _, _ in arms for start in total.keys() | bad}
    damaged = 0
    for start in sorted(filter(when.is_closed, starts)):
        counts = [
            None
            if start in total[1] | part[1]
            else _failed(total[0].get(start, 0), part[0].get(start, 0), succeeded)
            for total, part, succeeded in arms
        ]
        if counts[0] is None or counts[1] is None:
            damaged += 1
        elif counts[0][0] or counts[1][0]:
            found.append(Stratum(start, *counts[0], *counts[1]))
    return tuple(found), damaged


def _failed(total: int, part: int, succeeded: bool) -> tuple[int, int] | None:
    """All and those that failed; None where the counts cannot be."""
    if part > total or total > MOST:
        return None
    return total, total - part if succeeded else part
