"""What a bake can see: the smallest failure rate of green that it fails with a given chance.

Failures are rare and independent, so that those of green and of blue are Poisson; ln e of a bet on
odds ratio rho is then X ln(rho) - (X + Y) ln(1 - w + w rho) in a step of weight w. The sum over the
steps is taken as normal, and one look at the end: looking sooner and the other bets only help.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.verdict.e_process import ODDS_RATIOS

CHANCE = 0.9
_QUANTILE = 1.2816
"""Of the normal distribution at CHANCE."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The requests of one step of a bake, while green has `weight` (0 to 1) of them."""

    weight: float
    requests: float


def smallest_seen(
    steps: Sequence[Traffic], blue_rate: float, alpha: float, signs: float
) -> float | None:
    """The failure rate that a green at least must have to be failed with CHANCE, where blue's is
    `blue_rate`; None where even a green that always fails would go unnoticed.

    `signs` is one over the weight that the function's failures have in the average.
    """
    low, high = blue_rate, 1.0
    if not _sees(steps, blue_rate, high, alpha, signs):
        return None
    while high > low * 1.01 + 1e-6:
        middle = (low + high) / 2
        if _sees(steps, blue_rate, middle, alpha, signs):
            high = middle
        else:
            low = middle
    return high


def _sees(
    steps: Sequence[Traffic], blue_rate: float, green_rate: float, alpha: float, signs: float
) -> bool:
    needs = math.log(len(ODDS_RATIOS) * signs / alpha)
    return any(_reaches(steps, blue_rate, green_rate, rho, needs) for rho in ODDS_RATIOS)


def _reaches(
    steps: Sequence[Traffic], blue_rate: float, green_rate: float, rho: float, needs: float
) -> bool:
    """Whether the bet on `rho` comes to `needs` with CHANCE."""
    mean = variance = 0.0
    for step in steps:
        spread = math.log(1 - step.weight + step.weight * rho)
        won, lost = math.log(rho) - spread, spread
        green = step.requests * step.weight * green_rate
        blue = step.requests * (1 - step.weight) * blue_rate
        mean += green * won - blue * lost
        variance += green * won**2 + blue * lost**2
    return mean - _QUANTILE * math.sqrt(variance) >= needs
