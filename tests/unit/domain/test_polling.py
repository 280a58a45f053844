"""How often the metrics are read, and what watching a plan costs at most."""

import pytest

from handlers.domain.shift.polling import Polling, polling
from handlers.domain.shift.rounds import metrics_turn, observe_seconds, readings, rounds
from handlers.domain.shift.shift_plan import parse_shift_plan


def turns(ages: list[int], stratum: int, settle: int, begin: float = 1_000_000.0) -> list[int]:
    return [metrics_turn(begin + age, stratum=stratum, settle=settle) for age in ages]


def test_the_metrics_are_read_once_a_minute_and_every_round_of_an_old_step() -> None:
    young = turns(list(range(0, 300, 10)), 60, 90)
    assert len(set(young)) == 6, "five minutes, and the one that had begun"
    old = turns(list(range(900, 1500, 60)), 60, 90)
    assert len(set(old)) == 10


@pytest.mark.parametrize(("stratum", "lasts"), [(1, 1), (10, 10), (60, 60), (300, 60)])
def test_a_turn_lasts_a_minute_or_a_shorter_stratum(stratum: int, lasts: int) -> None:
    assert len(set(turns(list(range(600)), stratum, 90))) == pytest.approx(600 / lasts, abs=1)


@pytest.mark.parametrize("settle", [0, 90, 100, 960])
def test_a_turn_begins_when_a_stratum_has_settled(settle: int) -> None:
    settled = 60 * 20_000 + settle
    before, after = turns([-1, 0], 60, settle, begin=settled)
    assert before != after


@pytest.mark.parametrize("seconds", [0.06, 3, 60, 299, 900, 4000, 86_400])
@pytest.mark.parametrize("stratum", [1, 10, 60, 300])
@pytest.mark.parametrize("offset", [0, 29, 59])
def test_no_step_reads_more_often_than_the_plan_says(
    seconds: float, stratum: int, offset: int
) -> None:
    """A step as it is watched: each round at its pace, those in which it is decided read anyway."""
    age, looks, read = 0.0, 0, set()
    while True:
        looks += 1
        read.add(metrics_turn(6_000_000 + offset + age, stratum=stratum, settle=90))
        if age >= seconds:
            break
        age = min(age + observe_seconds(age, stratum), seconds)
    assert looks <= rounds(seconds, stratum) + 1
    assert len(read) <= readings(seconds, stratum)


def test_the_price_is_said_in_one_sentence() -> None:
    plan = parse_shift_plan("steps(10@5, 100@10)")
    found = polling(plan, 60, metrics_a_reading=11, extensions=1)
    assert found == Polling(rounds=41 + 56, metrics=(14 + 24) * 11)
    assert found.sentence() == (
        "watching takes at most 97 rounds: 418 metrics of CloudWatch ($0.005) and 291 state "
        "transitions ($0.008), $0.012 in all at the list prices of us-east-1"
    )


def test_a_hook_may_make_it_more() -> None:
    told = Polling(rounds=2, metrics=2).sentence(hooks=True)
    assert told.endswith("of us-east-1, and more while a hook is waited for")


def test_a_plan_that_is_not_extended_costs_half() -> None:
    plan = parse_shift_plan("steps(100@60)")
    once, twice = (polling(plan, 60, metrics_a_reading=1, extensions=n) for n in (0, 1))
    assert once.rounds < twice.rounds < 2 * once.rounds
    assert (once.metrics, twice.metrics) == (64, 124)


def test_asking_adds_its_own_looks_and_readings() -> None:
    plan = parse_shift_plan("steps(10@5, 100@5)")
    without = polling(plan, 60, metrics_a_reading=1, extensions=0)
    asking = polling(plan, 60, metrics_a_reading=1, extensions=0, asked=3600)
    assert asking.rounds - without.rounds == 2 * (6 + 27 + 50)
    assert asking.metrics - without.metrics == 2 * 60
