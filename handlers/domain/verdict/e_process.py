"""How strongly the counts speak against a hypothesis: e-values, as natural logarithms.

Where its hypothesis holds, an e-value is at most 1 on average, and so is its product over strata,
whenever one looks. The chance that it ever reaches 1/a is at most a (Ville's inequality), however
often one looks, pauses, extends or changes the weight, and at any sample size.

Turner, Ly, Grünwald, arXiv 2106.02693; Lindon, Sanden, Shirikian, arXiv 2205.14762.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from handlers.domain.verdict.stratum import Stratum

ODDS_RATIOS = (1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""The odds ratios that the fail test bets on, in equal parts."""

TOLERATED_SHARES = (0.0, 1 / 10, 1 / 3)
"""The failure rates that the absolute test bets on, as shares of p_tol, in equal parts."""

SHORT_SUPPORT = 100
"""Up to so many terms it is quicker to sum them all at once for every odds ratio."""


def log_e_fail(strata: Iterable[Stratum]) -> float:
    """Ln E against "green's odds of failing are those of blue", over strata in any order."""
    rows = [_log_e(stratum, ODDS_RATIOS) for stratum in strata if _can_tell(stratum)]
    return log_mean_exp([math.fsum(column) for column in zip(*rows, strict=True)] or [0.0])


def log_e(stratum: Stratum, rho: float) -> float:
    """Ln e of one stratum for odds ratio `rho` against equal odds.

    Given how many failed in all, green's share of them is hypergeometric at equal odds, and
    Fisher's non-central hypergeometric at odds ratio `rho`. 0 where nothing failed, or where one
    of the versions was not there to compare with.
    """
    return _log_e(stratum, (rho,))[0] if _can_tell(stratum) else 0.0


def log_e_absolute(requests: int, failures: int, p_tol: float) -> float:
    """Ln E against "green fails at least the share `p_tol` of its requests", 0 < `p_tol` < 1."""
    if not 0 <= failures <= requests:
        raise ValueError(
            f"{failures} of {requests} requests cannot have failed: count failures among requests"
        )
    if not 0 < p_tol < 1:
        raise ValueError(f"p_tol is {p_tol}: give a share between 0 and 1, for example 0.01")
    return log_mean_exp([_log_bet(requests, failures, share, p_tol) for share in TOLERATED_SHARES])


def log_mean_exp(logs: Sequence[float]) -> float:
    """Ln of the mean of e-values, which is an e-value itself, however they depend on each other."""
    top = max(logs)
    return top + math.log(math.fsum(math.exp(value - top) for value in logs) / len(logs))


def _log_bet(requests: int, failures: int, share: float, p_tol: float) -> float:
    if failures and not share:
        return -math.inf
    answered = (requests - failures) * (math.log1p(-share * p_tol) - math.log1p(-p_tol))
    return answered + (failures * math.log(share) if failures else 0.0)


def _can_tell(stratum: Stratum) -> bool:
    failed = stratum.green_failures or stratum.blue_failures
    return bool(failed and stratum.green_requests and stratum.blue_requests)


def _log_e(stratum: Stratum, rhos: tuple[float, ...]) -> list[float]:
    failures = stratum.green_failures + stratum.blue_failures
    expected = _log_expected(stratum.green_requests, stratum.blue_requests, failures, rhos)
    seen = stratum.green_failures
    return [seen * math.log(rho) - mean for rho, mean in zip(rhos, expected, strict=True)]


# Every round judges all strata from scratch: a warm environment finds all but the newest here.
@lru_cache(maxsize=16_384)
def _log_expected(
    green: int, blue: int, failures: int, rhos: tuple[float, ...]
) -> tuple[float, ...]:
    """Ln of the mean of rho**K, where K of the `failures` fell on green at equal odds."""
    low, high = max(0, failures - blue), min(green, failures)
    if high - low > SHORT_SUPPORT:
        return tuple(_log_sum_from_mode(green, blue, failures, rho) for rho in rhos)
    spare = blue - failures
    falling = [
        (green - k) * (failures - k) / ((k + 1) * (spare + k + 1))
        for k in range(high - 1, low - 1, -1)
    ]
    at_low = _log_weight(green, blue, failures, low)
    means = []
    for rho in rhos:
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
