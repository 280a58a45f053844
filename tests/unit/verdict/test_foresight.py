"""What the plan says that its bake can see, held against what the verdict then sees."""

import numpy as np
import pytest

from handlers.domain.shift.shift_steps import Step
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.foresight import foresight
from handlers.domain.verdict.power import Traffic, smallest_seen
from handlers.domain.verdict.replay import replay
from handlers.domain.verdict.stratum import Stratum

SETTINGS = BakeSettings()
PLAN = [Step(10, 10), Step(100, 10)]


def seen(
    a_minute: float,
    failures: int = 0,
    *,
    steps: list[Step] = PLAN,
    settings: BakeSettings = SETTINGS,
    others: dict[str, Before] | None = None,
) -> list[str]:
    before = {"api": Before(requests=round(180 * a_minute), failures=failures, minutes=180)}
    before |= others or {}
    return foresight(steps, settings, before, dict.fromkeys(before, True))


@pytest.mark.parametrize(
    ("a_minute", "weights", "blue"),
    [(600, [0.1], 0.005), (60, [0.1], 0.005), (120, [0.1, 0.5], 0.01), (6_000, [0.05], 0.001)],
)
def test_a_green_at_the_rate_foreseen_is_failed_with_the_chance_foreseen(
    a_minute: int, weights: list[float], blue: float
) -> None:
    steps = [Traffic(weight, a_minute * 10) for weight in weights]
    rate = smallest_seen(steps, blue, SETTINGS.alpha, 1)
    assert rate is not None
    random, failed, runs = np.random.default_rng(1), 0, 300
    # Passing is put out of reach: the plan tells what can be seen.
    settings = BakeSettings(beta=1e-300)
    for _ in range(runs):
        strata = []
        for minute in range(10 * len(weights)):
            n = random.poisson(a_minute)
            green = random.binomial(n, weights[minute // 10])
            x_green, x_blue = random.binomial(green, rate), random.binomial(n - green, blue)
            strata.append(Stratum(minute, *map(int, (green, x_green, n - green, x_blue))))
        failed += replay(strata, settings).judgement.word == "fail"

    assert 0.84 <= failed / runs <= 0.995


def test_more_traffic_weight_and_time_see_smaller_rates() -> None:
    def least(requests: float, weight: float = 0.1) -> float:
        return smallest_seen([Traffic(weight, requests)], 0.005, 0.01, 1) or 2.0

    assert least(60_000) < least(6_000) < least(600)
    assert least(6_000, 0.5) < least(6_000, 0.1)
    assert smallest_seen([Traffic(0.1, 20)], 0.005, 0.01, 1) is None


def test_it_says_what_this_bake_can_see() -> None:
    assert seen(600, 540) == [
        "with about 600 requests a minute at 10 % this bake of 10 min sees a failure rate of 3 % "
        "or more with 90%; smaller ones may go unnoticed",
        "WARNING: 1.5 % would be too much, and is not seen: take more minutes, a higher weight or synthetic requests",
    ]


def test_a_bake_that_sees_enough_has_no_warning() -> None:
    assert len(seen(6_000, 5_400)) == 1


def test_a_thin_bake_is_warned_of() -> None:
    told = seen(4)

    assert told == [
        "WARNING: with about 4 requests a minute at 10 % this bake of 10 min can see no failure "
        "rate: take more minutes, a higher weight or synthetic requests"
    ]
    assert any("passing takes" in each for each in seen(40))


def test_functions_that_nobody_asks_are_named() -> None:
    told = seen(6_000, 5_400, others={name: Before() for name in ("a", "b", "c", "d")})

    assert "requests a minute of api at" in told[0]
    assert (
        told[-1] == "nothing was asked of a, b, c and 1 more lately: what breaks there goes unseen"
    )


def test_without_blue_or_traffic_it_says_so() -> None:
    assert "not compared with blue" in seen(600, steps=[Step(100, 10)])[0]
    assert seen(0) == [
        "no function was asked anything lately: this bake sees nothing without traffic"
    ]


def test_a_record_that_was_cut_off_is_not_told_as_a_lack_of_traffic() -> None:
    def told(**before: Before) -> list[str]:
        weighted = dict.fromkeys(before, True)
        return foresight(PLAN, SETTINGS, before, weighted, begins="the repair of 21:55:11")

    asked = Before(requests=1_080_000, failures=5_400, minutes=180)
    assert told(api=Before()) == [
        "blue's record begins with the repair of 21:55:11, and nothing has settled since: what this "
        "bake can see is not known"
    ]
    assert told(api=Before(requests=1_000, minutes=2)) == [
        "blue's record of 2 min since the repair of 21:55:11 is too short to say what this bake can "
        "see"
    ]
    assert told(api=asked, a=Before())[-1] == (
        "of a nothing has settled since the repair of 21:55:11: what breaks there goes unseen"
    )


def test_answered_failures_are_told_to_be_invisible() -> None:
    before = {"api": Before(requests=10**6, failures=900, minutes=180)}

    told = foresight(PLAN, SETTINGS, before, {"api": True}, ["api"])

    assert told[-1] == "failures that api answers, as 5xx, are not seen"


@pytest.mark.parametrize(("minutes", "long"), [(2.0, "2 min"), (0.4, "less than a minute")])
def test_a_record_of_a_few_minutes_foresees_nothing(minutes: float, long: str) -> None:
    before = {"api": Before(requests=1_000, minutes=minutes)}
    assert foresight(PLAN, SETTINGS, before, {"api": True}) == [
        f"blue's record of {long} is too short to say what this bake can see"
    ]
