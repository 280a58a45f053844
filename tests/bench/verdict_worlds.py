"""Synthetic worlds for the verdict's bench: requests and failures of both versions, by minute.

Arrays are runs by minutes. Each request goes to green by the weight, as the alias draws it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MINUTES = 30
MINUTE = np.arange(MINUTES)


@dataclass(frozen=True)
class Counts:
    """What both versions did; `weight` is green's, by minute."""

    weight: np.ndarray
    n_green: np.ndarray
    x_green: np.ndarray
    n_blue: np.ndarray
    x_blue: np.ndarray


Fails = Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]
"""Draws failures of so many requests at so high a rate."""


def binomial(random: np.random.Generator, n: np.ndarray, rate: np.ndarray) -> np.ndarray:
    return random.binomial(n, rate)


def bursts(random: np.random.Generator, n: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Beta-binomial: each version has minutes of its own in which nearly all or nothing fails, with
    an intraclass correlation of 0.05. Requests of a minute are not independent.
    """
    a = rate * (1 / 0.05 - 1)
    return random.binomial(n, random.beta(np.maximum(a, 1e-9), (1 / 0.05 - 1) - a))


def sticky(random: np.random.Generator, n: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """A request that fails is tried twice more by its client, and the retries land on the version
    that failed: failures come in threes.
    """
    return np.minimum(n, 3 * random.binomial(n // 3, rate))


@dataclass(frozen=True)
class World:
    """Requests a minute, green's weight, the failure rates of both, all by minute.

    `holds` says that requests of a minute are independent given the version, which the promise
    rests on. `together` multiplies both rates by the same gamma variable of mean 1 each minute.
    """

    name: str
    per_minute: object
    weight: object
    blue: object
    green: object
    fails: Fails = binomial
    holds: bool = True
    together: bool = False

    @property
    def healthy(self) -> bool:
        return bool(np.all(np.asarray(self.green) <= np.asarray(self.blue)))

    def draw(self, runs: int, seed: int) -> Counts:
        random = np.random.default_rng(seed)
        shape = (runs, MINUTES)
        weight = np.broadcast_to(self.weight, MINUTES)
        n = random.poisson(np.broadcast_to(self.per_minute, MINUTES), shape)
        n_green = random.binomial(n, weight)
        n_blue = n - n_green
        common = random.gamma(0.25, 4, shape) if self.together else 1.0
        blue, green = (
            np.clip(np.asarray(r) * common * np.ones(shape), 0, 0.9)
            for r in (self.blue, self.green)
        )
        return Counts(
            weight,
            n_green,
            self.fails(random, n_green, green),
            n_blue,
            self.fails(random, n_blue, blue),
        )


STEPS = np.array([0.01, 0.05, 0.25, 0.5])[np.minimum(MINUTE // 8, 3)]
UP = np.where(MINUTE < 15, 0.1, 0.5)
OUTAGE = np.where(MINUTE >= 15, 0.3, 0.005)
DAY = 630 - 570 * np.cos(2 * np.pi * MINUTE / MINUTES)
"""A day's load in half an hour: from 60 to 1,200 requests a minute."""
NIGHT_TO_NOON = 0.002 + 0.02 * DAY / DAY.max()

HEALTHY = (
    World("steady 600 a minute, 10 %, 0.5 %", 600, 0.1, 0.005, 0.005),
    World("steady 60 a minute, 10 %, 0.5 %", 60, 0.1, 0.005, 0.005),
    World("red anyway: 600, 10 %, 5 %", 600, 0.1, 0.05, 0.05),
    World("better than blue: 600, 50 %, 5 -> 2 %", 600, 0.5, 0.05, 0.02),
    World("no traffic", 0, 0.1, 0.005, 0.005),
    World("diurnal load and rate, 10 %", DAY, 0.1, NIGHT_TO_NOON, NIGHT_TO_NOON),
    World("steps 1-5-25-50, 600, 0.5 %", 600, STEPS, 0.005, 0.005),
    World("10 -> 50 %, then a shared outage", 600, UP, OUTAGE, OUTAGE),
    World("bursts that hit both alike", 600, 0.1, 0.01, 0.01, together=True),
    World("bursts by version (beta-binomial)", 600, 0.1, 0.01, 0.01, fails=bursts, holds=False),
    World("retries that stick: threes", 600, 0.1, 0.01, 0.01, fails=sticky, holds=False),
)
BAD = (
    World("tenfold: 600, 10 %, 0.5 -> 5 %", 600, 0.1, 0.005, 0.05),
    World("tenfold: 60, 10 %, 0.5 -> 5 %", 60, 0.1, 0.005, 0.05),
    World("threefold: 600, 10 %, 0.5 -> 1.5 %", 600, 0.1, 0.005, 0.015),
    World("half fails: 6 a minute, 10 %", 6, 0.1, 0.005, 0.5),
    World("tenfold, diurnal, 10 %", DAY, 0.1, NIGHT_TO_NOON, 10 * NIGHT_TO_NOON),
    World("tenfold, steps 1-5-25-50, 600", 600, STEPS, 0.005, 0.05),
    World("tenfold, red blue: 600, 2 -> 20 %", 600, 0.1, 0.02, 0.2),
    World("tenfold in shared bursts, 600", 600, 0.1, 0.005, 0.05, together=True),
)
HOTFIXES = (
    World("no better: 60, 30 %", 60, 0.5, 0.3, 0.3),
    World("no better: 600, 5 %", 600, 0.5, 0.05, 0.05),
    World("worse: 60, 5 -> 10 %", 60, 0.5, 0.05, 0.1),
    World("no better in shared bursts: 600, 5 %", 600, 0.5, 0.05, 0.05, together=True),
    World("mends it: 60, 30 -> 0.5 %", 60, 0.5, 0.3, 0.005),
    World("mends it: 6, 30 -> 0.5 %", 6, 0.5, 0.3, 0.005),
    World("mends it: 60, 5 -> 0.5 %", 60, 0.5, 0.05, 0.005),
    World("halves it: 600, 5 -> 2.5 %", 600, 0.5, 0.05, 0.025),
)
