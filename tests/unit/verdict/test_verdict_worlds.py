"""The verdict in synthetic worlds, looked at each minute: how often wrong, and how soon right.

Each world runs many times from a fixed seed. A share is held against its promise with the 99 %
interval of that many runs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import pytest
from scipy.stats import binom

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.verdict import judge

ALPHA = BETA = 0.05
SETTINGS = BakeSettings(alpha=ALPHA, beta=BETA)
MINUTES = 30
RUNS = 200

Rate = Callable[[int], float]


def steady(rate: float) -> Rate:
    return lambda minute: rate


def outage_after(minute_of_outage: int, rate: float) -> Rate:
    return lambda minute: 0.3 if minute >= minute_of_outage else rate


def waves(minute: int) -> float:
    return (0.001, 0.02, 0.005, 0.08)[minute % 4]


@dataclass(frozen=True)
class World:
    """Requests a minute, green's weight by minute, and the failure rates of both by minute."""

    per_minute: int
    weight: Rate
    blue: Rate
    green: Rate

    def minutes(self, random: np.random.Generator) -> Iterator[Stratum]:
        for minute in range(MINUTES):
            requests = random.poisson(self.per_minute)
            green = int(random.binomial(requests, self.weight(minute)))
            blue = int(requests - green)
            yield Stratum(
                60 * minute,
                green,
                int(random.binomial(green, self.green(minute))),
                blue,
                int(random.binomial(blue, self.blue(minute))),
            )


def verdicts(
    functions: Sequence[World], runs: int, seed: int, settings: BakeSettings = SETTINGS
) -> list[tuple[str, int]]:
    """Of each run the first verdict that is not `wait`, and the minute it fell in."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        minutes = [list(world.minutes(random)) for world in functions]
        word, last = "wait", MINUTES
        for last in range(1, MINUTES + 1):
            word = judge(
                Evidence(strata={f"f{n}": m[:last] for n, m in enumerate(minutes)}), settings
            ).word
            if word != "wait":
                break
        found.append((word, last))
    return found


def most(promise: float, runs: int) -> int:
    """How many of so many runs may go wrong before the promise is broken beyond chance."""
    return int(binom.ppf(0.995, runs, promise))


def share_of(found: Sequence[tuple[str, int]], word: str) -> float:
    return sum(1 for one, _ in found if one == word) / len(found)


def median_of(found: Sequence[tuple[str, int]], word: str) -> float:
    return median(minute for one, minute in found if one == word)


TENTH, HALF = steady(0.1), steady(0.5)


def ramp(minute: int) -> float:
    return 0.1 if minute < 15 else 0.5


@pytest.mark.parametrize(
    "world",
    [
        World(600, TENTH, steady(0.005), steady(0.005)),
        World(60, TENTH, steady(0.05), steady(0.05)),
        World(60, HALF, steady(0.1), steady(0.1)),
        World(600, ramp, outage_after(15, 0.005), outage_after(15, 0.005)),
        World(600, ramp, waves, waves),
        World(600, HALF, steady(0.05), steady(0.02)),
    ],
    ids=["busy", "quiet", "failing anyway", "weight up, then outage", "waves", "better"],
)
def test_a_healthy_green_is_seldom_failed_however_often_one_looks(world: World) -> None:
    # Passing is put out of reach, so that every run is looked at in all of its minutes.
    never_pass = BakeSettings(alpha=ALPHA, beta=1e-300)

    found = verdicts([world], RUNS, 1, never_pass)

    assert share_of(found, "fail") * RUNS <= most(ALPHA, RUNS)


def test_three_functions_that_fail_together_do_not_fail_a_healthy_green_more_often() -> None:
    random = np.random.default_rng(5)
    world = World(300, TENTH, waves, waves)
    failed = 0
    for _ in range(RUNS):
        strata = list(world.minutes(random))
        looks = [dict.fromkeys("abc", strata[:n]) for n in range(1, MINUTES + 1)]
        failed += any(judge(Evidence(strata=look), SETTINGS).word == "fail" for look in looks)

    assert failed <= most(ALPHA, RUNS)


@pytest.mark.parametrize(
    ("world", "at_least", "by_minute"),
    [
        (World(600, TENTH, steady(0.005), steady(0.05)), 1.0, 3),
        (World(60, TENTH, steady(0.005), steady(0.05)), 0.86, 12),
        (World(600, TENTH, steady(0.005), steady(0.08)), 1.0, 2),
        (World(600, TENTH, waves, lambda minute: 5 * waves(minute)), 1.0, 4),
    ],
    ids=["tenfold, busy", "tenfold, quiet", "eight per cent", "fivefold in waves"],
)
def test_a_bad_green_is_found_in_time(world: World, at_least: float, by_minute: int) -> None:
    found = verdicts([world], RUNS, 2)

    assert share_of(found, "fail") >= at_least
    assert median_of(found, "fail") <= by_minute


@pytest.mark.parametrize("rate", [0.01, 0.012, 0.03])
def test_a_green_at_or_above_the_tolerated_rate_seldom_passes(rate: float) -> None:
    found = verdicts([World(300, steady(1), steady(0), steady(rate))], RUNS, 3)

    assert share_of(found, "pass") * RUNS <= most(BETA / 2, RUNS)


@pytest.mark.parametrize("odds", [3, 4])
def test_a_green_at_rho_max_or_above_seldom_passes(odds: float) -> None:
    found = verdicts([World(300, HALF, steady(0.02), steady(odds * 0.02))], RUNS, 8)

    assert share_of(found, "pass") * RUNS <= most(BETA, RUNS)


def test_a_green_that_fails_as_often_as_blue_passes_by_comparison() -> None:
    found = verdicts([World(600, TENTH, steady(0.05), steady(0.05))], RUNS, 9)

    assert share_of(found, "pass") >= 0.95
    assert median_of(found, "pass") <= 3


def test_a_busy_good_function_does_not_carry_a_bad_one_over() -> None:
    good = World(600, HALF, steady(0), steady(0))
    bad = World(100, HALF, steady(0.01), steady(0.04))

    found = verdicts([good, bad], RUNS, 4)

    assert share_of(found, "pass") * RUNS <= most(BETA, RUNS)


def test_a_quiet_function_without_failures_does_not_keep_its_service_from_passing() -> None:
    found = verdicts(
        [World(600, HALF, steady(0), steady(0)), World(2, HALF, steady(0), steady(0))], 50, 6
    )

    assert share_of(found, "pass") == 1


@pytest.mark.parametrize(
    ("world", "passing", "by_minute"),
    [
        (World(60, HALF, steady(0), steady(0)), 1.0, 15),
        (World(60, TENTH, steady(0), steady(0)), 0.0, MINUTES),
        (World(600, steady(1), steady(0), steady(0)), 1.0, 1),
    ],
    ids=["60 a minute, half", "60 a minute, a tenth", "no blue left"],
)
def test_a_green_without_failures_passes_as_soon_as_it_had_enough_requests(
    world: World, passing: float, by_minute: int
) -> None:
    found = verdicts([world], 100, 7)

    assert share_of(found, "pass") == passing
    assert share_of(found, "fail") == 0
    assert median(minute for _, minute in found) <= by_minute
