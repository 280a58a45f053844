"""What speaks against green beside its failures: latency, cost, a hang, throttling, and a blue that
got worse.
"""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.evidence import Evidence, Throttled
from handlers.domain.verdict.finished import Share, log_e_hangs
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.verdict import Judgement, judge
from handlers.domain.verdict.worse import log_e_above

SETTINGS = BakeSettings()
BEFORE = Before(requests=100_000, failures=100, minutes=180, p95_ms=412, memory_mb=256)


def over(minutes: int, green: int, x_green: int, blue: int, x_blue: int) -> list[Stratum]:
    return [Stratum(60 * n, green, x_green, blue, x_blue) for n in range(minutes)]


GOOD = over(7, 60, 0, 540, 1)
SLOW, AS_FAST = over(7, 60, 20, 540, 27), over(7, 60, 3, 540, 27)


def judged(before: Before = BEFORE, strata: list[Stratum] | None = None, **more: Any) -> Judgement:
    evidence = Evidence(strata={"api": GOOD if strata is None else strata}, **more)
    return judge(evidence, SETTINGS, {"api": before})


def test_a_slow_green_fails_by_blues_p95_though_it_never_fails() -> None:
    found = judged(latency={"api": SLOW})

    assert (found.word, found.by) == ("fail", "latency")
    assert found.reason.startswith(
        "green has 9.5 times the odds of exceeding blue's p95 of 412 ms (140 of 420 requests, "
        "blue 189 of 3,780): fail (e "
    )


def test_a_dear_green_fails_by_blues_price() -> None:
    found = judged(latency={"api": AS_FAST}, cost={"api": SLOW})

    assert (found.word, found.by) == ("fail", "cost")
    assert "of exceeding blue's p95 of 0.103 GB-seconds a request (140 of" in found.reason


@pytest.mark.parametrize("odds", [1, 1.5, 2])
def test_a_green_within_the_odds_tolerated_is_seldom_failed_for_its_latency(odds: float) -> None:
    random, failed = np.random.default_rng(3), 0
    slow = odds * 0.05 / (0.95 + odds * 0.05)
    for _ in range(300):
        strata = [
            Stratum(n, 60, int(random.binomial(60, slow)), 540, int(random.binomial(540, 0.05)))
            for n in range(30)
        ]
        failed += any(
            judged(strata=[], latency={"api": strata[:look]}).word == "fail"
            for look in range(1, 31, 3)
        )

    assert failed <= binom.ppf(0.995, 300, SETTINGS.alpha)


@pytest.mark.parametrize(("slow", "word"), [(over(1, 60, 10, 540, 27), "wait"), (AS_FAST, "pass")])
def test_latency_that_suits_a_bad_green_better_keeps_it_from_passing(
    slow: list[Stratum], word: str
) -> None:
    found = judged(latency={"api": slow})

    assert found.word == word
    assert found.reason.endswith("; the latency of api speaks against it") is (word == "wait")


def test_failures_keep_half_of_the_average_however_much_else_is_judged() -> None:
    bad = over(4, 60, 3, 540, 3)
    alone = judged(strata=bad)
    found = judged(strata=bad, latency={"api": []}, cost={"api": []}, finished={"api": ()})

    expected = (math.exp(alone.log_e_fail) + 1) / 2
    assert math.exp(found.log_e_fail) == pytest.approx(expected)
    assert found.by == "odds"


def test_a_green_that_finishes_nothing_of_its_share_hangs() -> None:
    found = judged(strata=[], finished={"api": (Share(0.1, 310, 0),)})

    assert (found.word, found.by) == ("fail", "hang")
    assert found.reason.startswith(
        "green finished 0 of 310 requests, though 10% go to it, and may hang: fail (e "
    )


@pytest.mark.parametrize(
    ("share", "hangs"),
    [
        (Share(0.1, 310, 31), False),
        (Share(0.1, 3_100, 160), False),
        (Share(0.1, 3_100, 40), True),
        (Share(0.5, 40, 0), True),
        (Share(0.1, 0, 0), False),
    ],
)
def test_a_hang_is_a_share_far_below_the_weight(share: Share, hangs: bool) -> None:
    assert (judged(strata=[], finished={"api": (share,)}).by == "hang") is hangs


@settings(deadline=None)
@given(st.integers(1, 400), st.floats(0.01, 0.99))
def test_the_hang_test_is_at_most_one_on_average_from_half_the_weight_on(
    requests: int, weight: float
) -> None:
    mean = sum(
        binom.pmf(k, requests, weight / 2) * math.exp(log_e_hangs((Share(weight, requests, k),)))
        for k in range(requests + 1)
    )

    assert mean <= 1 + 1e-7


@pytest.mark.parametrize(
    ("requests", "throttled", "word"), [(10, 11, "fail"), (10, 10, "pass"), (0, 4, "pass")]
)
def test_throttling_most_requests_vetoes(requests: int, throttled: int, word: str) -> None:
    found = judged(throttled={"api": Throttled(requests, throttled)})

    assert found.word == word
    if word == "fail":
        assert found.reason == (
            "Lambda throttled 11 of its newest 21 requests, more than half: fail (veto)"
        )


def test_a_function_that_was_throttled_before_the_shift_is_not_vetoed_for_it() -> None:
    before = Before(requests=100, throttles=101)

    assert judged(before, throttled={"api": Throttled(1, 50)}).word == "pass"


def test_a_blue_that_got_worse_since_the_shift_stops_it_and_never_counts_for_green() -> None:
    found = judged(strata=over(5, 60, 0, 540, 60))

    assert (found.word, found.by) == ("inconclusive", "before")
    assert found.reason == (
        "blue got worse since the shift and failed 300 of 2,700 requests, where blue failed 100 of "
        "100,000 before: whether green is the cause cannot be told, and it goes back whatever the policy: inconclusive"
    )


def test_a_green_that_is_alone_is_held_to_what_blue_did_before() -> None:
    found = judged(strata=over(2, 600, 48, 0, 0))

    assert (found.word, found.by) == ("inconclusive", "before")
    assert found.reason.startswith("green, alone, failed 96 of 1,200 requests, where blue failed")


@pytest.mark.parametrize(
    "before",
    [Before(), Before(requests=99), Before(requests=1_000, failures=200)],
    ids=["none", "too short", "red already"],
)
def test_a_record_that_says_nothing_stops_nothing(before: Before) -> None:
    assert judged(before, strata=over(5, 60, 0, 540, 60)).word == "pass"


@settings(deadline=None)
@given(st.integers(1, 300), st.floats(0.001, 0.49))
def test_the_test_against_a_ceiling_is_at_most_one_on_average_up_to_it(
    requests: int, ceiling: float
) -> None:
    mean = sum(
        math.exp(binom.logpmf(k, requests, ceiling) + log_e_above(requests, k, ceiling))
        for k in range(requests + 1)
    )

    assert mean <= 1 + 1e-7


def test_counts_that_were_no_counts_are_told() -> None:
    assert judged(damaged=2).reason.endswith("; 2 strata left out with impossible counts")
