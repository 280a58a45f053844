"""How green's share of the failures is spread when its odds are a given multiple of blue's.

Given how many failed in all, green's share of them is hypergeometric at equal odds, and Fisher's
non-central hypergeometric at odds ratio rho. Both need one number: the mean of rho**K at equal
odds.
"""

import cmath
import math
from collections.abc import Sequence

SHORT_SUPPORT = 100
"""Up to so many terms it is quicker to sum them all at once for every odds ratio."""

_FAR, _FAR_AT_LEAST = 7.0, 12
"""Standard deviations, and failures, beyond which nothing is to be seen of a sum of draws."""


def log_mean_power(
    green: int, blue: int, failures: int, rhos: Sequence[float]
) -> tuple[float, ...]:
    """Ln of the mean of rho**K, where K of the `failures` fell on green at equal odds."""
    low, high = max(0, failures - blue), min(green, failures)
    if high - low > SHORT_SUPPORT:
        return tuple(
            0.0 if rho == 1 else _log_mean_on_circle(green, blue, failures, rho) for rho in rhos
        )
    spare = blue - failures
    falling = [
        (green - k) * (failures - k) / ((k + 1) * (spare + k + 1))
        for k in range(high - 1, low - 1, -1)
    ]
    at_low = _log_weight(green, blue, failures, low)
    means = []
    for rho in rhos:
        if rho == 1:
            means.append(0.0)
            continue
        total = 1.0
        for ratio in falling:
            total = 1.0 + rho * ratio * total
        if math.isinf(total):
            means.append(_log_mean_on_circle(green, blue, failures, rho))
        else:
            means.append(at_low + low * math.log(rho) + math.log(total))
    return tuple(means)


def _log_mean_on_circle(green: int, blue: int, failures: int, rho: float) -> float:
    """The same for one rho, at a cost that does not grow with the counts.

    The mean is the coefficient of z**failures in (1 + rho z)**green (1 + z)**blue, over the one at
    rho = 1: a mean over a circle, taken at `points` of it. With the radius at which the failures
    are what is expected, it is the chance that a sum of green + blue independent draws is
    `failures`: what `points` adds are the chances of sums that are `points` and more away; and by
    the angle v the summand has fallen to exp(-2 variance sin(v/2)**2) or less, so that all but
    `seen` of them are nothing. Both leave out less than 1e-9 of the mean.
    """
    odds = _odds(green, blue, failures, rho)
    odds_green = rho * odds
    variance = green * odds_green / (1 + odds_green) ** 2 + blue * odds / (1 + odds) ** 2
    deviation = math.sqrt(variance)
    points = int(_FAR * deviation + _FAR_AT_LEAST) | 1
    seen = math.ceil(points / math.pi * math.asin(min(1.0, _FAR / 2 / deviation)))
    at_zero = green * math.log1p(odds_green) + blue * math.log1p(odds)
    angle = 2 * math.pi / points
    step, back = cmath.rect(1, angle), complex(0, failures * angle)
    total, turn, log, exp = 0.5, 1 + 0j, cmath.log, cmath.exp
    for point in range(1, min(seen, points // 2) + 1):
        turn *= step
        log_summand = green * log(1 + odds_green * turn) + blue * log(1 + odds * turn)
        total += exp(log_summand - at_zero - point * back).real
    log_coefficient = at_zero - failures * math.log(odds) + math.log(2 * total / points)
    return log_coefficient - _log_choose(green + blue, failures)


def _odds(green: int, blue: int, failures: int, rho: float) -> float:
    """Blue's odds of failing, where green's are rho times as high and so many are expected."""
    spare = rho * (green + blue - failures)
    half = (green * rho + blue - failures * (1 + rho)) / 2
    root = math.sqrt(half * half + spare * failures)
    return failures / (root + half) if half > 0 else (root - half) / spare


def _log_weight(green: int, blue: int, failures: int, k: int) -> float:
    """Ln of the probability that k of the failures fell on green at equal odds."""
    both = _log_choose(green, k) + _log_choose(blue, failures - k)
    return both - _log_choose(green + blue, failures)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
