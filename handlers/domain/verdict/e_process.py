"""How strongly the counts speak against a hypothesis: e-values, as natural logarithms.

Where its hypothesis holds, an e-value is at most 1 on average, and so is its product over strata,
whenever one looks. The chance that it ever reaches 1/a is at most a (Ville's inequality), however
often one looks, pauses, extends or changes the weight, and at any sample size.

Turner, Ly, Grünwald, arXiv 2106.02693; Lindon, Sanden, Shirikian, arXiv 2205.14762.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from handlers.domain.verdict.hypergeometric import log_mean_power
from handlers.domain.verdict.stratum import Stratum

ODDS_RATIOS = (1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""The odds ratios that the fail test bets on, in equal parts."""

TOLERATED_SHARES = (0.0, 1 / 10, 1 / 3)
"""The failure rates that the absolute test bets on, as shares of p_tol, in equal parts."""


def log_e(
    stratum: Stratum, rhos: tuple[float, ...], tolerated: float = 1.0
) -> tuple[float, ...] | None:
    """Ln e of one stratum against "green has at most `tolerated` times blue's odds of failing", for
    each of `rhos` times as much.

    Turned round, -ln e(rho) speaks against "at least rho times `tolerated`". None, which is e = 1,
    where nothing failed, or where one of the versions was not there to compare with.
    """
    failed = stratum.green_failures or stratum.blue_failures
    if not (failed and stratum.green_requests and stratum.blue_requests):
        return None
    return _log_e(
        stratum.green_requests,
        stratum.green_failures,
        stratum.blue_requests,
        stratum.blue_failures,
        rhos,
        tolerated,
    )


# Every round judges all strata from scratch: a warm environment finds all but the newest here.
@lru_cache(maxsize=16_384)
def _log_e(
    green: int,
    x_green: int,
    blue: int,
    x_blue: int,
    rhos: tuple[float, ...],
    tolerated: float,
) -> tuple[float, ...]:
    powers = (*(rho * tolerated for rho in rhos), tolerated)
    *means, base = log_mean_power(green, blue, x_green + x_blue, powers)
    return tuple(
        x_green * math.log(rho) - mean + base for rho, mean in zip(rhos, means, strict=True)
    )


def log_e_absolute(requests: int, failures: int, p_tol: float) -> float:
    """Ln E against "green fails at least the share `p_tol` of its requests", 0 < `p_tol` < 1."""
    if not 0 <= failures <= requests:
        raise ValueError(
            f"{failures} of {requests} requests cannot have failed: count failures among requests"
        )
    if not 0 < p_tol < 1:
        raise ValueError(f"p_tol is {p_tol}: give a share between 0 and 1, for example 0.01")
    return log_mean_exp([_log_bet(requests, failures, share, p_tol) for share in TOLERATED_SHARES])


def log_mean_exp(logs: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Ln of the mean of e-values, which is an e-value itself, however they depend on each other.

    `weights`, equal if not given, add up to 1 and are fixed before anything is seen.
    """
    top = max(logs)
    shares = weights or [1 / len(logs)] * len(logs)
    total = math.fsum(
        share * math.exp(value - top) for share, value in zip(shares, logs, strict=True)
    )
    return top + math.log(total)


def _log_bet(requests: int, failures: int, share: float, p_tol: float) -> float:
    if failures and not share:
        return -math.inf
    answered = (requests - failures) * (math.log1p(-share * p_tol) - math.log1p(-p_tol))
    return answered + (failures * math.log(share) if failures else 0.0)
