"""How green's share of the failures is spread when its odds are a given multiple of blue's.

Given how many failed in all, green's share of them is hypergeometric at equal odds, and Fisher's
non-central hypergeometric at odds ratio rho. Both need one number: the mean of rho**K at equal
odds.
"""

import cmath
import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

SHORT_SUPPORT = 80
"""Up to so many terms it is quicker to sum them all at once for every odds ratio."""

_FAR, _FAR_AT_LEAST = 6.0, 12
"""Standard deviations, and failures, beyond which nothing is to be seen of a sum of draws."""


def log_mean_power(
    green: int, blue: int, failures: int, rhos: Sequence[float]
) -> tuple[float, ...]:
    """Ln of the mean of rho**K, where K of the `failures` fell on green at equal odds."""
    support = min(green, failures) - max(0, failures - blue)
    means = _means_on_circle if support > SHORT_SUPPORT else _means_by_terms
    known = means(green, blue, failures, {rho for rho in rhos if rho != 1})
    return tuple(known.get(rho, 0.0) for rho in rhos)


def _means_by_terms(
    green: int, blue: int, failures: int, rhos: AbstractSet[float]
) -> dict[float, float]:
    low, high = max(0, failures - blue), min(green, failures)
    spare = blue - failures
    falling = [
        (green - k) * (failures - k) / ((k + 1) * (spare + k + 1))
        for k in range(high - 1, low - 1, -1)
    ]
    at_low = _log_choose(green, low) + _log_choose(blue, failures - low)
    at_low -= _log_choose(green + blue, failures)
    means: dict[float, float] = {}
    for rho in rhos:
        total = 1.0
        for ratio in falling:
            total = 1.0 + rho * ratio * total
        if math.isinf(total):
            means |= _means_on_circle(green, blue, failures, {rho})
        else:
            means[rho] = at_low + low * math.log(rho) + math.log(total)
    return means


def _means_on_circle(
    green: int, blue: int, failures: int, rhos: AbstractSet[float]
) -> dict[float, float]:
    """The same at a cost that does not grow with the counts: the mean is the coefficient of
    z**failures in (1 + rho z)**green (1 + z)**blue, over the one at rho = 1.
    """
    at_one = _log_choose(green + blue, failures)
    return {rho: _log_coefficient(green, blue, failures, rho) - at_one for rho in rhos}


def _log_coefficient(green: int, blue: int, failures: int, rho: float) -> float:
    """Ln of a coefficient: the mean over a circle, of which so many `points` are taken.

    At the radius at which so many failures are expected it is the chance that green + blue
    independent draws have just `failures` in all. The points add the chances of as many more or
    less as there are points, and by the angle v a summand has fallen to exp(-2 variance
    sin(v/2)**2), so that all but those `seen` are nothing. Both leave out less than 1e-7 of it.
    """
    odds = _odds(green, blue, failures, rho)
    odds_green = rho * odds
    variance = green * odds_green / (1 + odds_green) ** 2 + blue * odds / (1 + odds) ** 2
    deviation = math.sqrt(variance)
    points = int(_FAR * deviation + _FAR_AT_LEAST) | 1
    seen = int(points / math.pi * math.asin(min(1.0, _FAR / 2 / deviation)))
    at_zero = green * math.log1p(odds_green) + blue * math.log1p(odds)
    angle = 2 * math.pi / points
    step, back = cmath.rect(1, angle), complex(0, failures * angle)
    total, turn, turned, log, exp = 0.5, 1 + 0j, complex(at_zero, 0), cmath.log, cmath.exp
    for _ in range(min(seen, points // 2)):
        turn *= step
        turned += back
        total += exp(green * log(1 + odds_green * turn) + blue * log(1 + odds * turn) - turned).real
    return at_zero - failures * math.log(odds) + math.log(2 * total / points)


def _odds(green: int, blue: int, failures: int, rho: float) -> float:
    """Blue's odds of failing, where green's are rho times as high and so many are expected."""
    spare = rho * (green + blue - failures)
    half = (green * rho + blue - failures * (1 + rho)) / 2
    root = math.sqrt(half * half + spare * failures)
    return failures / (root + half) if half > 0 else (root - half) / spare


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
