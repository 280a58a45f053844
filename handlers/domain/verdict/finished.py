"""Does green hang? Both of its metrics appear when a request ends, so a green that hangs looks like
one that is asked nothing, until its time-out. But the alias sends it a known share.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.verdict.e_process import TOLERATED_SHARES, log_mean_exp

LEAST = 1 / 2
"""The part of its weight that green must have finished: the rest is for slow ones under way."""


@dataclass(frozen=True, slots=True)
class Share:
    """Of `requests` that were finished, blue's and green's, while green had `weight` (0 to 1), how
    many were green's.
    """

    weight: float
    requests: int
    green: int


def log_e_hangs(shares: Sequence[Share]) -> float:
    """Ln E against "green finishes at least half the share that its weight gives it"."""
    return log_mean_exp([_log_bet(shares, bet) for bet in TOLERATED_SHARES])


def _log_bet(shares: Sequence[Share], bet: float) -> float:
    if not bet and any(share.green for share in shares):
        return -math.inf
    total = 0.0
    for share in shares:
        least = share.weight * LEAST
        blue = math.log1p(-bet * least) - math.log1p(-least)
        total += (share.requests - share.green) * blue
        total += share.green * math.log(bet) if share.green else 0.0
    return total
