"""A hotfix: when blue is red, what the test that is turned round promises, and what it passes."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from handlers.domain.hotfix import Hotfix, told_of
from handlers.domain.shift.hotfix_plan import shortened
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.verdict.bake_decision import decide
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.better import better, exchanged
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_item, evidence_of
from handlers.domain.verdict.red import (
    Counted,
    hotfix_note,
    hotfix_of,
    red_functions,
    red_periods,
    unmeasured,
)
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import tally
from handlers.domain.verdict.user_metric import UserMetric
from handlers.domain.verdict.verdict import Judgement, judge

SETTINGS = BakeSettings()
API = Hotfix(reason="the till is down", red=("api",))


def over(minutes: int, green: int, x_green: int, blue: int, x_blue: int) -> list[Stratum]:
    return [Stratum(60 * n, green, x_green, blue, x_blue) for n in range(minutes)]


FIXED = over(2, 50, 0, 50, 15)
NO_BETTER = over(20, 50, 15, 50, 15)


def judged(
    strata: Mapping[str, Sequence[Stratum]], hotfix: Hotfix | None = API, **more: Any
) -> Judgement:
    return judge(Evidence(strata=strata, **more), SETTINGS, {}, hotfix)


@pytest.mark.parametrize(
    ("requests", "failures", "red"),
    [
        (0, 0, False),
        (1, 1, False),
        (2, 2, True),
        (100, 5, False),
        (100, 8, True),
        (1_000, 10, False),
        (1_000, 25, True),
        (100_000, 1_000, False),
        (100_000, 1_300, True),
    ],
)
def test_blue_is_red_where_it_is_shown_to_fail_more_than_is_tolerated(
    requests: int, failures: int, red: bool
) -> None:
    found = hotfix_of("x", [Counted("api", requests, failures)], [], SETTINGS)

    assert found.turns is red
    assert found.red == (("api",) if red else ())


def test_a_red_alarm_makes_blue_red() -> None:
    found = hotfix_of("x", [Counted("api", 100, 0)], ["till"], SETTINGS)

    assert (found.turns, found.red, found.alarms) == (True, (), ("till",))


def test_the_plan_says_what_is_red() -> None:
    counted = [Counted("api", 4_000, 1_320), Counted("payments", 300, 300), Counted("w", 9, 0)]
    found = hotfix_of("the till is down", counted, ["till"], SETTINGS)

    assert hotfix_note(found, counted, SETTINGS, 15) == (
        "hotfix: the till is down; blue is red: api failed 1,320 of 4,000 in the last 15 minutes; "
        "payments failed 300 of 300 in the last 15 minutes; the alarm till is red: green has to be "
        "shown better than blue"
    )


def test_the_plan_says_that_a_healthy_blue_is_not_red() -> None:
    counted = [Counted("api", 4_000, 3), Counted("worker", 10, 0)]
    found = hotfix_of("a leak", counted, [], SETTINGS)

    assert hotfix_note(found, counted, SETTINGS, 15) == (
        "hotfix: a leak, but blue is not red (api failed 3 of 4,000 in the last 15 minutes, too "
        "little to show that more than 1 % fail, and no alarm is red): it is shifted and judged as "
        "always"
    )


@settings(deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.floats(1, 20),
    st.data(),
)
def test_an_e_value_of_being_better_is_at_most_one_on_average_where_green_is_not(
    green: int, blue: int, odds: float, data: st.DataObject
) -> None:
    failures = data.draw(st.integers(1, green + blue))
    low, high = max(0, failures - blue), min(green, failures)
    # Fisher's noncentral distribution by its definition: scipy's kills the process at some odds.
    weights = {
        x: math.comb(green, x) * math.comb(blue, failures - x) * odds**x
        for x in range(low, high + 1)
    }
    mean = sum(
        weight
        * math.exp(tally(exchanged([Stratum(0, green, x, blue, failures - x)]), 3).log_e_fail)
        for x, weight in weights.items()
    ) / sum(weights.values())

    assert mean <= 1 + 1e-6


@pytest.mark.parametrize(
    ("blue", "green"), [(0.3, 0.3), (0.05, 0.05), (0.01, 0.01), (0.3, 0.5), (0.9, 0.9)]
)
def test_a_green_that_is_not_better_is_seldom_passed_however_often_one_looks(
    blue: float, green: float
) -> None:
    random, passed, runs = np.random.default_rng(17), 0, 300
    # Failing is put out of reach, so that every run is looked at in all of its minutes.
    never_fail = BakeSettings(alpha=1e-300)
    for _ in range(runs):
        strata = []
        for minute in range(20):
            n, m = (int(random.poisson(30)) for _ in range(2))
            x, y = random.binomial(n, green), random.binomial(m, blue)
            strata.append(Stratum(60 * minute, n, int(x), m, int(y)))
        passed += any(
            judge(Evidence(strata={"api": strata[:look]}), never_fail, {}, API).word == "pass"
            for look in range(1, 21)
        )

    assert passed <= binom.ppf(0.995, runs, SETTINGS.beta)


def test_a_fixed_green_passes_within_two_minutes_and_is_told_better() -> None:
    found = judged({"api": FIXED})

    assert (found.word, found.by) == ("pass", "better")
    assert found.reason.startswith(
        "green is better than blue: api: green failed 0 of 100 requests, blue 30 of 100: odds 0.0, "
        "pass (e over 1,000,000, needs 40)"
    ) or found.reason.startswith(
        "green is better than blue: api: green failed 0 of 100 requests, blue 30 of 100: odds 0.0, "
        "pass (e = "
    )


def test_a_green_that_only_is_no_worse_than_a_red_blue_waits() -> None:
    always, hotfix = judged({"api": NO_BETTER}, None), judged({"api": NO_BETTER})

    assert (always.word, always.by) == ("pass", "relative")
    assert hotfix.word == "wait"
    assert hotfix.reason.startswith(
        "green is not shown better than blue: api: green failed 300 of 1,000 requests, blue 300 of "
        "1,000: odds 1.0, wait (better e "
    )


def test_a_hotfix_that_makes_it_worse_fails_as_ever() -> None:
    found = judged({"api": over(5, 50, 25, 50, 5)})

    assert (found.word, found.by) == ("fail", "odds")


def test_a_hotfix_of_a_blue_that_is_not_red_is_judged_as_always() -> None:
    plain = Hotfix(reason="a leak")

    assert judged({"api": NO_BETTER}, plain) == judged({"api": NO_BETTER}, None)


def test_better_in_one_of_two_that_are_red_is_better() -> None:
    both = Hotfix(reason="x", red=("api", "worker"))

    found = judged({"api": FIXED, "worker": over(2, 50, 15, 50, 15)}, both)

    assert (found.word, found.by) == ("pass", "better")


def test_what_was_not_red_has_to_pass_as_always_once_it_can_tell() -> None:
    bad = over(8, 60, 1, 60, 0)
    held, quiet, idle = (
        judged({"api": FIXED, "worker": strata}) for strata in (bad, over(2, 5, 0, 5, 0), [])
    )

    assert held.word == "wait"
    assert held.reason.startswith("worker: green failed 8 of 480 requests")
    assert (quiet.word, idle.word) == ("pass", "pass")


def test_a_metric_that_is_red_is_what_green_has_to_be_better_in() -> None:
    hotfix = Hotfix(reason="declined", red=("payments",))
    strata = {"api": over(2, 50, 0, 50, 0)}

    fixed = judged(strata, hotfix, metrics={"payments": FIXED})
    not_fixed = judged({"api": over(20, 50, 0, 50, 0)}, hotfix, metrics={"payments": NO_BETTER})

    assert (fixed.word, fixed.by) == ("pass", "better")
    assert fixed.reason.startswith("green is better than blue: payments: green failed 0 of 100")
    assert not_fixed.word == "wait"


@pytest.mark.parametrize(
    "hotfix",
    [Hotfix(reason="x", alarms=("till",)), Hotfix(reason="x", red=("unchanged",))],
    ids=["an alarm alone", "a function that stays as it is"],
)
def test_where_nothing_judged_was_red_green_has_to_be_better_in_anything(hotfix: Hotfix) -> None:
    assert judged({"api": FIXED}, hotfix).by == "better"
    assert judged({"api": over(30, 50, 0, 50, 0)}, hotfix).word == "wait"


def test_being_better_stays_proved_at_100_per_cent() -> None:
    alone = [*FIXED, *over(1, 100, 1, 0, 0)]

    assert judged({"api": alone}).by == "better"


def test_without_anything_to_compare_green_has_to_be_what_blue_was_not() -> None:
    alone, recovered = over(5, 500, 1, 0, 0), over(5, 100, 0, 100, 0)

    for strata in (alone, recovered):
        found = judged({"api": strata})
        assert (found.word, found.by) == ("pass", "better")
    assert judged({"api": over(1, 200, 0, 0, 0)}).word == "wait", "too few requests"
    assert judged({"api": over(5, 500, 5, 0, 0)}).word == "wait", "one per cent is what is red"


def test_a_red_alarm_alone_has_no_measure_for_a_green_that_is_alone() -> None:
    found = judged({"api": over(5, 500, 0, 0, 0)}, Hotfix(reason="x", alarms=("till",)))

    assert (found.word, found.log_e_better) == ("wait", 0.0)


def test_without_a_verdict_the_policy_decides_and_says_so() -> None:
    found = decide(
        judged({"api": NO_BETTER}),
        step_age_seconds=900,
        step_minutes=5,
        min_minutes=1,
        last_step=False,
        inconclusive="extend",
        green_requests=1_000,
        green_failures=300,
        stratum_seconds=60,
    )

    assert (found.next, found.inconclusive) == ("rollBack", True)
    assert found.reason.startswith(
        "no verdict in 10 minutes, rolled back because green failed 300 of 1,000 requests; green "
        "is not shown better than blue: "
    )


@pytest.mark.parametrize("most_rows", [8_000, 1])
def test_the_ledgers_evidence_shows_the_same(most_rows: int) -> None:
    evidence = Evidence(strata={"api": FIXED}, metrics={"payments": NO_BETTER})
    item = json.loads(json.dumps(evidence_item(evidence, SETTINGS, most_rows=most_rows)))
    for red in ("api", "payments"):
        hotfix = Hotfix(reason="x", red=(red,))

        again = judge(evidence_of(item), SETTINGS, {}, hotfix)

        once = judge(evidence, SETTINGS, {}, hotfix)
        assert again.log_e_better == pytest.approx(once.log_e_better)
        assert again.reason == once.reason


def test_nothing_to_judge_is_nothing_better() -> None:
    assert better(API, {}, Evidence(strata={}), SETTINGS) is None


def test_blue_is_looked_at_where_it_was_alone_as_far_back_as_an_hour() -> None:
    at, failed = 7_200.0, (6_000.0, 7_110.0)
    found = red_periods(at, 60, [failed])
    assert found[:2] == [7_200, 7_140], "after the hotfix that failed"
    assert found[2] == 5_940, "and before it"
    assert len(found) == 15
    assert min(red_periods(at, 60, [(4_000.0, 7_210.0)])) == 3_660
    assert red_periods(at, 60, [(0.0, 7_210.0)]) == []


def test_a_hotfix_that_fails_more_than_the_red_blue_once_it_is_alone_goes_back() -> None:
    beside = [Stratum(minute, 60, 0, 170, 25) for minute in range(3)]
    alone = [Stratum(minute, 800, 160, 0, 0) for minute in range(3, 6)]
    before = dict(unmeasured({"api": Before(requests=9_000)}, ["api"], [Counted("api", 900, 135)]))
    hotfix = Hotfix(reason="x", red=("api",))
    assert judge(Evidence(strata={"api": beside}), SETTINGS, before, hotfix).by == "better"
    found = judge(Evidence(strata={"api": [*beside, *alone]}), SETTINGS, before, hotfix)
    assert (found.word, found.by) == ("inconclusive", "before")
    assert found.reason == (
        "green, alone, failed 480 of 2,400 requests, where blue failed 210 of 1,410 until then: "
        "whether green is the cause cannot be told, and it goes back whatever the policy: inconclusive"
    )


def test_a_red_blue_that_gets_worse_does_not_end_its_own_cure() -> None:
    before = {"api": Before(requests=900, failures=30, red=True)}
    strata = [Stratum(minute, 60, 0, 170, 60) for minute in range(3)]
    hotfix = Hotfix(reason="x", red=("api",))
    assert judge(Evidence(strata={"api": strata}), SETTINGS, before, hotfix).word == "pass"


def test_a_red_blues_record_measures_nothing() -> None:
    before = Before(requests=9_000, failures=90, throttles=9_001, p95_ms=40, memory_mb=256)
    metric = UserMetric(
        name="payments", function="worker", namespace="s", total="a", part="b", counts="failed"
    )
    red = red_functions(Hotfix(reason="x", red=("api", "payments")), [metric])

    counted = [Counted("api", 900, 270), Counted("worker", 10, 0), Counted("payments", 10, 9)]
    found = dict(unmeasured({"api": before, "worker": before, "other": before}, red, counted))

    assert set(red) == {"api", "worker"}
    assert (found["api"].requests, found["api"].failures, found["api"].red) == (900, 270, True)
    assert found["api"].ceiling == pytest.approx(273 / 900), "no more than it counted"
    for each in (found["api"], found["worker"]):
        assert (each.p95_ms, each.was_throttled, each.memory_mb) == (None, True, 256)
    assert found["other"] == before
    assert red_functions(None, [metric]) == ()


@pytest.mark.parametrize(
    ("plan", "settle", "shorter"),
    [
        ("steps(10@5, 50@5, 100@10)", 90, "steps(50@5, 100@5)"),
        ("canary(1, 60)", 90, "steps(50@5, 100@5)"),
        ("all-at-once", 90, "steps(100@5)"),
        ("steps(10@1, 100@1)", 90, "steps(10@1, 100@1)"),
        ("steps(50@5, 100@5)", 90, "steps(50@5, 100@5)"),
        ("steps(100@3)", 90, "steps(100@3)"),
        ("linear(10, 10)", 360, "steps(50@9, 100@9)"),
        ("steps(10@5, 50@5, 100@5)", 960, "steps(10@5, 50@5, 100@5)"),
    ],
)
def test_the_plan_of_a_hotfix_is_never_longer(plan: str, settle: float, shorter: str) -> None:
    found = shortened(parse_shift_plan(plan), 60, settle)

    assert str(found) == shorter
    assert sum(s.minutes for s in found.steps) <= sum(s.minutes for s in parse_shift_plan(plan).steps)  # fmt: skip


def test_an_end_says_whose_it_was() -> None:
    assert told_of(None, "green failed") == "green failed"
    assert told_of(API, "green failed") == "hotfix: the till is down; green failed"
