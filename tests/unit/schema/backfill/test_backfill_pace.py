"""Batches find their size between 50 and 200 ms, and slices stay few enough for an execution's history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.schema.backfill.pace import (
    LARGEST_BATCH,
    LONGEST_SLICE,
    SHORTEST_SLICE,
    next_size,
    slice_seconds,
    slices,
)
from handlers.domain.shift.rounds import EVENTS_OF_A_SLICE, EVENTS_OF_MIGRATING, history_events
from handlers.domain.shift.shift_plan import HISTORY_EVENTS_LIMIT, parse_shift_plan

DAY = 86_400.0


@pytest.mark.parametrize(
    ("size", "milliseconds", "expected"),
    [
        (1000, 7, 2000),
        (1000, 49.9, 2000),
        (1000, 50, 1000),
        (1000, 200, 1000),
        (1000, 201, 497),
        (1000, 5000, 20),
        (1, 0, 2),
        (1, 60_000, 1),
        (40_000, 1, LARGEST_BATCH),
        (LARGEST_BATCH, 100, LARGEST_BATCH),
    ],
)
def test_a_quick_batch_doubles_and_a_slow_one_shrinks_to_fit(
    size: int, milliseconds: float, expected: int
) -> None:
    assert next_size(size, milliseconds) == expected


@given(st.integers(1, LARGEST_BATCH), st.floats(0, 1e9))
def test_a_batch_is_never_empty_never_huge_and_never_grows_when_slow(size: int, ms: float) -> None:
    following = next_size(size, ms)
    assert 1 <= following <= LARGEST_BATCH
    assert following <= size or ms < 50
    assert following < size or ms <= 200 or size == 1


@given(st.floats(0.0005, 90), st.integers(1, LARGEST_BATCH))
def test_batches_come_to_their_target_from_anywhere(row_ms: float, size: int) -> None:
    """A row takes `row_ms`; a millisecond goes to the commit."""
    for _ in range(18):
        size = next_size(size, 1 + size * row_ms)
    assert 50 <= 1 + size * row_ms <= 200 or size == LARGEST_BATCH


def test_slices_begin_short_and_grow_with_what_was_spent() -> None:
    assert slice_seconds(0) == slice_seconds(100) == SHORTEST_SLICE
    assert slice_seconds(1000) == 100
    assert slice_seconds(DAY) == LONGEST_SLICE
    assert slices(0) == 0
    assert slices(30) == 2


def test_a_days_backfill_fits_beside_the_usual_plan_and_a_weeks_below_the_hard_limit() -> None:
    assert EVENTS_OF_A_SLICE * slices(DAY) < EVENTS_OF_MIGRATING
    usual = history_events(parse_shift_plan("steps(10@5, 50@5, 100@10)"), 60, database=True)
    assert usual < HISTORY_EVENTS_LIMIT
    week = EVENTS_OF_A_SLICE * slices(7 * DAY)
    assert HISTORY_EVENTS_LIMIT - EVENTS_OF_MIGRATING + week < 25_000
