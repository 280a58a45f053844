"""What an alias counted while others than blue answered is no measure of blue."""

import pytest

from handlers.domain.verdict.apart import Deployed, apart_from_blue, begins_with, is_apart


def deployed(
    first: float | None = 100.0,
    last: float | None = 200.0,
    *,
    action: str = "deploy",
    released: bool = False,
    hotfix: bool = False,
) -> Deployed:
    return Deployed(action, released, hotfix, first, last)


def test_a_green_that_was_rolled_back_is_left_out_as_long_as_it_answered() -> None:
    assert apart_from_blue([deployed()]) == [(100.0, 200.0)]


def test_a_deployment_that_moved_no_alias_leaves_nothing_out() -> None:
    assert apart_from_blue([deployed(None, None)]) == []


def test_what_was_live_before_a_release_was_found_to_be_no_better() -> None:
    assert apart_from_blue([deployed(released=True)]) == []


@pytest.mark.parametrize(
    "left",
    [
        deployed(released=True, hotfix=True),
        deployed(action="rollback"),
        deployed(action="repair"),
    ],
)
def test_what_was_left_because_it_was_bad_is_left_out_altogether(left: Deployed) -> None:
    assert apart_from_blue([left]) == [(0.0, 200.0)]


def test_the_record_begins_with_the_last_that_left_out_all_before() -> None:
    repair, later = deployed(action="repair"), deployed(300.0, 400.0)
    earlier = deployed(10.0, 20.0, action="rollback")
    assert begins_with([later, repair, earlier]) == repair
    assert begins_with([later, deployed(None, None, action="repair")]) is None


@pytest.mark.parametrize(
    ("minute", "expected"),
    [(0, False), (60, True), (120, True), (180, True), (240, False)],
)
def test_a_minute_that_meets_a_span_is_apart(minute: float, expected: bool) -> None:
    assert is_apart(minute, 60, [(100.0, 200.0)]) is expected
