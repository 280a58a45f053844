"""The shift plan: every way of writing it, and its one canonical text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.shift.rounds import asked_rounds, asked_seconds
from handlers.domain.shift.shift_plan import (
    HISTORY_EVENTS_LIMIT,
    ShiftPlan,
    Step,
    history_events,
    observe_seconds,
    parse_shift_plan,
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("all-at-once", "steps(100@10)"),
        (" all-at-once ", "steps(100@10)"),
        ("canary(10, 5)", "steps(10@5, 100@5)"),
        ("canary( 1 ,0.5 )", "steps(1@0.5, 100@0.5)"),
        ("linear(25, 2)", "steps(25@2, 50@2, 75@2, 100@2)"),
        ("linear(30, 2)", "steps(30@2, 60@2, 90@2, 100@2)"),
        ("linear(100, 2)", "steps(100@2)"),
        ("steps(10@5,50@5.0,100@10)", "steps(10@5, 50@5, 100@10)"),
        ("steps ( 1 @ 0.25 , 100 @ 1 )", "steps(1@0.25, 100@1)"),
    ],
)
def test_a_plan_is_written_in_one_way(text: str, canonical: str) -> None:
    assert str(parse_shift_plan(text)) == canonical


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a shift plan"),
        ("canary", "is not a shift plan"),
        ("sometimes(10, 5)", "is not a shift plan"),
        ("canary(10)", "takes a whole per cent"),
        ("canary(10, 5, 5)", "takes a whole per cent"),
        ("canary(0, 5)", "takes a whole per cent"),
        ("canary(101, 5)", "takes a whole per cent"),
        ("canary(2.5, 5)", "takes a whole per cent"),
        ("canary(-5, 5)", "takes a whole per cent"),
        ("canary(10, x)", "takes a whole per cent"),
        ("canary(100, 5)", "write all-at-once"),
        ("canary(10, 0)", "minutes"),
        ("linear(10, 20000)", "minutes"),
        ("steps()", "is not a step"),
        ("steps(10@5, , 100@5)", "is not a step"),
        ("steps(10, 100@5)", "is not a step"),
        ("steps(10@nan, 100@5)", "is not a step"),
        ("steps(10@1e3, 100@5)", "is not a step"),
        ("steps(0@5, 100@5)", "the weight 0"),
        ("steps(10@5, 101@5)", "the weight 101"),
        ("steps(10@5, 10@5, 100@5)", "weights must rise, but 10 comes after 10"),
        ("steps(50@5, 10@5, 100@5)", "weights must rise, but 10 comes after 50"),
        ("steps(10@5, 50@5)", "the last weight of a shift plan must be 100"),
        ("steps(10@0, 100@5)", "the 0 minutes at weight 10"),
        ("steps(" + "1@1," * 1000 + "100@1)", "at most 2000 characters"),
    ],
)
def test_what_is_no_plan_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")) as refused:
        parse_shift_plan(text)
    assert "\n" not in str(refused.value)


PLANS = st.builds(
    lambda weights, minutes: ShiftPlan(
        tuple(
            Step(weight, minute)
            for weight, minute in zip([*sorted(weights), 100], minutes, strict=False)
        )
    ),
    st.sets(st.integers(1, 99), max_size=20),
    st.lists(st.floats(0.001, 10080), min_size=21, max_size=21),
)


@given(PLANS)
def test_a_plan_parses_from_its_own_text(plan: ShiftPlan) -> None:
    assert parse_shift_plan(str(plan)) == plan


@pytest.mark.parametrize(
    ("age", "stratum", "wait"),
    [
        (0, 60, 10), (299, 60, 10), (300, 60, 30), (899, 60, 30), (900, 60, 60), (9e5, 60, 60),
        (0, 1, 1), (900, 1, 1), (0, 5, 5), (900, 5, 5), (900, 10, 60), (900, 30, 60),
    ],
)  # fmt: skip
def test_a_step_is_observed_often_while_young(age: float, stratum: int, wait: int) -> None:
    assert observe_seconds(age, stratum) == wait


@given(PLANS, st.sampled_from([1, 5, 60]))
def test_the_estimate_of_events_is_no_less_than_a_walk_through_the_plan(
    plan: ShiftPlan, stratum: int
) -> None:
    short = ShiftPlan(tuple(Step(s.weight, min(s.minutes, 60)) for s in plan.steps))
    walked = 0
    for step in short.steps:
        age, end = 0.0, step.minutes * 60 * 2
        while age < end:
            age += observe_seconds(age, stratum)
            walked += 9
    assert history_events(short, stratum, database=False) >= walked
    assert history_events(short, stratum, database=False) <= walked + 250 + 45 * len(short.steps)


@pytest.mark.parametrize(
    ("asked_for", "stratum", "wait"),
    [(0, 60, 10), (59, 1, 1), (60, 1, 20), (599, 60, 20), (600, 60, 60), (3600, 60, 120)],
)
def test_a_step_that_asks_is_looked_at_less_and_less(
    asked_for: float, stratum: int, wait: int
) -> None:
    assert asked_seconds(asked_for, stratum) == wait


@pytest.mark.parametrize("minutes", [0.02, 1, 7.5, 60, 1440])
@pytest.mark.parametrize("stratum", [1, 60])
def test_the_estimate_of_asking_is_no_less_than_a_walk_through_it(
    minutes: float, stratum: int
) -> None:
    age, walked = 0.0, 0
    while age < minutes * 60:
        age, walked = min(age + asked_seconds(age, stratum), minutes * 60), walked + 1
    assert walked <= asked_rounds(minutes * 60, stratum) <= walked + 1
    assert asked_rounds(0, stratum) == 0


def test_asking_for_an_hour_fits_every_step_and_for_a_day_two() -> None:
    usual = parse_shift_plan("linear(10, 10)")
    events = history_events(usual, 60, database=True, extensions=0, asked=3600)
    assert events < HISTORY_EVENTS_LIMIT
    two = parse_shift_plan("canary(10, 5)")
    events = history_events(two, 60, database=True, extensions=0, asked=86_400)
    assert events > HISTORY_EVENTS_LIMIT > events - 2000


def test_usual_plans_stay_within_the_limit_and_endless_ones_do_not() -> None:
    usual = parse_shift_plan("linear(10, 10)")
    assert history_events(usual, 60, database=True) < HISTORY_EVENTS_LIMIT
    endless = parse_shift_plan("steps(10@2000, 100@10)")
    assert history_events(endless, 60, database=False) > HISTORY_EVENTS_LIMIT


def test_a_database_costs_events_as_well() -> None:
    plan = parse_shift_plan("all-at-once")
    assert history_events(plan, 60, database=True) > history_events(plan, 60, database=False)
