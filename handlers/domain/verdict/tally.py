"""What strata add up to: counts, and the evidence of each bet. Tallies of different strata add."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.verdict.e_process import ODDS_RATIOS, log_e, log_mean_exp
from handlers.domain.verdict.stratum import Stratum, totals

_NO_BETS = (0.0,) * (len(ODDS_RATIOS) + 1)


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums over some strata of one function.

    `log_bets` are ln e of the bets on each of ODDS_RATIOS, and on rho_max. `odds_above` over
    `odds_below` is green's odds over those of blue, compared within strata. `alone_…` is what was
    asked of green while blue was asked nothing.
    """

    green_requests: int = 0
    green_failures: int = 0
    blue_requests: int = 0
    blue_failures: int = 0
    log_bets: tuple[float, ...] = _NO_BETS
    odds_above: float = 0.0
    odds_below: float = 0.0
    alone_requests: int = 0
    alone_failures: int = 0

    @property
    def log_e_fail(self) -> float:
        """Ln E against "green's odds of failing are at most those tolerated"."""
        return log_mean_exp(self.log_bets[:-1])

    @property
    def log_e_relative(self) -> float:
        """Ln E against "green's odds of failing are at least rho_max times those tolerated"."""
        return -self.log_bets[-1]

    @property
    def compares(self) -> bool:
        """Whether something failed while both versions were asked: else no odds can be told."""
        return any(self.log_bets)

    @property
    def odds_ratio(self) -> float | None:
        """Green's odds over those of blue; None where blue never failed beside green."""
        return self.odds_above / self.odds_below if self.odds_below else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.green_requests + other.green_requests,
            self.green_failures + other.green_failures,
            self.blue_requests + other.blue_requests,
            self.blue_failures + other.blue_failures,
            tuple(a + b for a, b in zip(self.log_bets, other.log_bets, strict=True)),
            self.odds_above + other.odds_above,
            self.odds_below + other.odds_below,
            self.alone_requests + other.alone_requests,
            self.alone_failures + other.alone_failures,
        )


def tally(strata: Sequence[Stratum], rho_max: float, tolerated: float = 1.0) -> Tally:
    """The sums of strata in any order: the same whatever the order.

    The odds are compared within strata (Mantel and Haenszel): pooled counts lie where the weight
    and the failure rate change together (Simpson's paradox).
    """
    rhos = (*ODDS_RATIOS, rho_max)
    known, alone = totals(strata), totals(s for s in strata if not s.blue_requests)
    bets, above, below = [], [], []
    for s in strata:
        if found := log_e(s, rhos, tolerated):
            bets.append(found)
            requests = s.green_requests + s.blue_requests
            above.append(s.green_failures * (s.blue_requests - s.blue_failures) / requests)
            below.append(s.blue_failures * (s.green_requests - s.green_failures) / requests)
    return Tally(
        known.green_requests,
        known.green_failures,
        known.blue_requests,
        known.blue_failures,
        log_bets=tuple(map(math.fsum, zip(*bets, strict=True))) or _NO_BETS,
        odds_above=math.fsum(above),
        odds_below=math.fsum(below),
        alone_requests=alone.green_requests,
        alone_failures=alone.green_failures,
    )
