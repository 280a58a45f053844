"""The peers that the verdict is compared with: in each run the minute of its rollback, or none.

As published, each looked at once a minute: the alarm on green's `Errors` (sum above 0 in two periods
in a row); aws-lambda-deploy's health check, which rolls back at any error of the new version; a
z-test of all counts so far, one-sided at alpha, each minute; Kayenta's NetflixACAJudge on the
buckets so far (Mann-Whitney at 98 %, lower bound above a quarter of the Hodges-Lehmann estimate, mean
ratio at least 1); an alarm as CodeDeploy watches it, on the alias's error rate (above 1 % in two
periods in a row).
"""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import norm
from verdict_worlds import MINUTES, Counts

NEVER = 10**6
FEWEST_BUCKETS = 5


def first(hits: np.ndarray) -> np.ndarray:
    """The minute, from 1, at the end of which each run is hit first."""
    return np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, NEVER)


def twice(above: np.ndarray) -> np.ndarray:
    before = np.zeros_like(above)
    before[:, 1:] = above[:, :-1]
    return above & before


def alarm(counts: Counts, alpha: float) -> np.ndarray:
    return first(twice(counts.x_green > 0))


def any_error(counts: Counts, alpha: float) -> np.ndarray:
    return first(counts.x_green > 0)


def fixed_threshold(counts: Counts, alpha: float) -> np.ndarray:
    n, x = counts.n_green + counts.n_blue, counts.x_green + counts.x_blue
    return first(twice(x > 0.01 * n))


def z_test(counts: Counts, alpha: float) -> np.ndarray:
    n, x = counts.n_green.cumsum(axis=1), counts.x_green.cumsum(axis=1)
    m, y = counts.n_blue.cumsum(axis=1), counts.x_blue.cumsum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (x + y) / (n + m)
        z = (x / n - y / m) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return first(np.nan_to_num(z, nan=0.0) > norm.ppf(1 - alpha))


def mann_whitney(counts: Counts, alpha: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        green, blue = counts.x_green / counts.n_green, counts.x_blue / counts.n_blue
    green, blue = np.nan_to_num(green), np.nan_to_num(blue)
    hits = np.zeros(green.shape, dtype=bool)
    for minute in range(FEWEST_BUCKETS, MINUTES + 1):
        a, b = green[:, :minute], blue[:, :minute]
        spread = np.sort((a[:, :, None] - b[:, None, :]).reshape(len(a), -1), axis=1)
        width = norm.ppf(0.99) * np.sqrt(minute * minute * (2 * minute + 1) / 12)
        rank = int(minute * minute / 2 - width)
        if rank < 1:
            continue
        lower, estimate = spread[:, rank - 1], np.median(spread, axis=1)
        hits[:, minute - 1] = (lower > 0.25 * np.abs(estimate)) & (a.mean(axis=1) >= b.mean(axis=1))
    return first(hits)


PEERS: Mapping[str, Callable[[Counts, float], np.ndarray]] = {
    "alarm, sum > 0 twice": alarm,
    "any error": any_error,
    "z-test each minute": z_test,
    "Mann-Whitney (Kayenta)": mann_whitney,
    "alias rate > 1 % twice": fixed_threshold,
}
