"""How green's share of the failures is spread when its odds are a given multiple of blue's.

Given how many failed in all, green's share of them is hypergeometric at equal odds, and Fisher's
non-central hypergeometric at odds ratio rho. Both need one number: the mean of rho**K at equal
odds.
"""

import math
from collections.abc import Sequence

SHORT_SUPPORT = 100
"""Up to so many terms it is quicker to sum them all at once for every odds ratio."""


def log_mean_power(
    green: int, blue: int, failures: int, rhos: Sequence[float]
) -> tuple[float, ...]:
    """Ln of the mean of rho**K, where K of the `failures` fell on green at equal odds."""
    low, high = max(0, failures - blue), min(green, failures)
    if high - low > SHORT_SUPPORT:
        return tuple(
            0.0 if rho == 1 else _log_sum_from_mode(green, blue, failures, rho) for rho in rhos
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
            means.append(_log_sum_from_mode(green, blue, failures, rho))
        else:
            means.append(at_low + low * math.log(rho) + math.log(total))
    return tuple(means)


def _log_sum_from_mode(green: int, blue: int, failures: int, rho: float) -> float:
    """The same for one rho, from the largest term outwards as far as a float can see."""
    low, high = max(0, failures - blue), min(green, failures)
    mode = min(max(_mode(green, blue, failures, rho), low), high)
    spare = blue - failures
    total = term = 1.0
    for k in range(mode, high):
        term *= rho * (green - k) * (failures - k) / ((k + 1) * (spare + k + 1))
        total += term
        if term < total * 1e-18:
            break
    term = 1.0
    for k in range(mode, low, -1):
        term *= k * (spare + k) / (rho * (green - k + 1) * (failures - k + 1))
        total += term
        if term < total * 1e-18:
            break
    return _log_weight(green, blue, failures, mode) + mode * math.log(rho) + math.log(total)


def _mode(green: int, blue: int, failures: int, rho: float) -> int:
    # Neighbouring terms are equal at the smaller root of (rho - 1) k^2 - b k + c.
    b = rho * (green + failures + 2) + blue - failures
    c = rho * (green + 1) * (failures + 1)
    return int(2 * c / (b + math.sqrt(max(0.0, b * b - 4 * (rho - 1) * c))))


def _log_weight(green: int, blue: int, failures: int, k: int) -> float:
    """Ln of the probability that k of the failures fell on green at equal odds."""
    both = _log_choose(green, k) + _log_choose(blue, failures - k)
    return both - _log_choose(green + blue, failures)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
