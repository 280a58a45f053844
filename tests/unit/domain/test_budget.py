"""Who makes which of the account's calls when: many deployments and rollbacks, each with a clock of
its own, on one line, and time passes as the heap of their calls says.
"""

import heapq
import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from handlers.domain.budget.budget import FIRST_RATE, QUOTA, RATE, is_counted
from handlers.domain.budget.line import BURST_SECONDS, FARTHEST_SECONDS, Line, Taking, places

BEGAN = 1_795_000_000.0


class Table:
    """The lines as DynamoDB has them: a write is made where its condition holds."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.writes = 0

    def take(self, name: str, calls: float, rate: float, now: float, *, push: bool = False) -> Line:
        taking = Taking.of(calls, rate, now, self.lines.get(name))
        after = taking.on(self.lines.get(name), push=push)
        assert after is not None, "the way fits, as nobody wrote in between"
        assert taking.other().on(self.lines.get(name)) is None, "the other one never does as well"
        self.lines[name] = after
        self.writes += 1
        return after


class Caller(NamedTuple):
    """A deployment, or a rollback: how many calls it makes, how many of them at once, from when."""

    name: str
    calls: int
    at_once: int = 1
    begins: float = 0.0
    first: bool = False
    skew: float = 0.0


def simulated(*callers: Caller) -> Mapping[str, list[float]]:
    """By caller, the seconds after the beginning at which its calls were made."""
    table, made = Table(), {each.name: list[float]() for each in callers}
    order, heap = itertools.count(), list[tuple[float, int, Iterator[float]]]()

    def works(caller: Caller) -> Iterator[float]:
        """One of its threads; yields until when it waits, in the simulation's own time."""
        line, rate = ("FIRST", FIRST_RATE) if caller.first else ("REST", RATE)
        now = yield 0
        while left[caller.name] > 0:
            left[caller.name] -= 1
            by_its_clock = now + caller.skew
            [place] = places(table.take(line, 1, rate, by_its_clock), 1, rate)
            if caller.first:
                table.take("REST", 1, RATE, by_its_clock, push=True)
            while place.at > now + caller.skew:
                now = yield place.at - caller.skew
                if not caller.first:
                    place = place.put_back(table.lines["REST"])
            made[caller.name].append(now - BEGAN)
            now = yield now + 0.05

    left = {each.name: each.calls for each in callers}
    for caller in callers:
        for _ in range(caller.at_once):
            thread = works(caller)
            next(thread)
            heapq.heappush(heap, (BEGAN + caller.begins, next(order), thread))
    while heap:
        now, _, thread = heapq.heappop(heap)
        try:
            heapq.heappush(heap, (max(now, thread.send(now)), next(order), thread))
        except StopIteration:
            continue
    return made


def most_in_a_second(calls: list[float]) -> int:
    """The most calls within any second, after the first."""
    ordered = sorted(each for each in calls if each > 1)
    return max(
        (
            sum(begin <= each < begin + 1 for each in ordered[at:])
            for at, begin in enumerate(ordered)
        ),
        default=0,
    )


def throttled(calls: list[float]) -> int:
    """How many of them Lambda would throttle, if it lets a second's calls through at once."""
    left, at, refused = float(QUOTA), 0.0, 0
    for each in sorted(calls):
        left, at = min(QUOTA, left + (each - at) * QUOTA), each
        refused, left = (refused + 1, left) if left < 1 else (refused, left - 1)
    return refused


def test_a_deployment_alone_waits_for_nothing_until_half_a_second_of_calls_is_made() -> None:
    made = simulated(Caller("a", 6, at_once=6))["a"]
    assert made[-1] < 0.2


def test_sixty_functions_are_shifted_at_the_rate() -> None:
    made = simulated(Caller("a", 120, at_once=8))["a"]
    assert made[-1] == pytest.approx(120 / RATE - BURST_SECONDS, abs=0.2)
    assert most_in_a_second(made) <= RATE + 1


def test_twenty_deployments_keep_to_the_rate_together() -> None:
    made = simulated(*(Caller(f"d{n}", 60, at_once=4) for n in range(20)))
    every = [each for calls in made.values() for each in calls]
    assert most_in_a_second(every) <= RATE + 1
    assert throttled(every) == 0
    assert max(every) == pytest.approx(1200 / RATE, rel=0.05), "and leave none of it unused"


def test_twenty_deployments_share_evenly_so_that_none_starves() -> None:
    made = simulated(*(Caller(f"d{n}", 60, at_once=4) for n in range(20)))
    ends = [calls[-1] for calls in made.values()]
    assert max(ends) - min(ends) < 10


def test_a_small_deployment_among_large_ones_waits_for_one_turn_of_each_call_under_way() -> None:
    others = [Caller(f"d{n}", 400, at_once=4) for n in range(19)]
    small = simulated(*others, Caller("small", 10, begins=20))["small"]
    assert max(b - a for a, b in itertools.pairwise(small)) <= (19 * 4 + 2) / RATE


def test_a_rollback_does_not_wait_for_twenty_deployments() -> None:
    others = [Caller(f"d{n}", 100, at_once=4) for n in range(20)]
    made = simulated(*others, Caller("back", 60, at_once=8, begins=30, first=True))
    assert made["back"][0] == 30
    assert made["back"][-1] - 30 < 60 / FIRST_RATE


def test_deployments_make_room_for_a_rollback_at_once() -> None:
    others = [Caller(f"d{n}", 100, at_once=4) for n in range(20)]
    made = simulated(*others, Caller("back", 60, at_once=8, begins=30, first=True))
    beside = [
        each
        for name, calls in made.items()
        if name != "back"
        for each in calls
        if 30 < each < made["back"][-1]
    ]
    assert len(beside) <= 2, "those whose turn it was already"


def test_many_rollbacks_keep_to_lambdas_quota_together() -> None:
    made = simulated(*(Caller(f"b{n}", 20, at_once=8, first=True) for n in range(20)))
    every = [each for calls in made.values() for each in calls]
    assert throttled(every) == 0
    assert max(every) == pytest.approx(400 / FIRST_RATE, rel=0.05)


def test_a_rollback_on_top_of_others_in_the_same_moment_stays_below_lambdas_quota() -> None:
    others = [Caller(f"d{n}", 20, at_once=2, begins=10) for n in range(5)]
    made = simulated(*others, Caller("back", 60, at_once=8, begins=10, first=True))
    assert throttled([each for calls in made.values() for each in calls]) == 0


def test_what_a_rollback_takes_is_given_back_to_nobody() -> None:
    without = simulated(Caller("a", 100, at_once=4))["a"][-1]
    made = simulated(
        Caller("a", 100, at_once=4), Caller("back", 50, at_once=8, begins=2, first=True)
    )
    assert made["a"][-1] == pytest.approx(without + 50 / RATE, abs=0.5)


def test_clocks_that_differ_by_half_a_second_change_no_rate() -> None:
    made = simulated(*(Caller(f"d{n}", 60, skew=(-1) ** n * 0.25) for n in range(10)))
    every = [each for calls in made.values() for each in calls]
    assert max(every) == pytest.approx(600 / RATE, rel=0.05)


def test_a_line_that_a_wrong_clock_has_left_is_begun_anew() -> None:
    now, wrong = BEGAN, Line(BEGAN + FARTHEST_SECONDS + 1, pushed=3)
    taking = Taking.of(5, RATE, now, wrong)
    after = taking.on(wrong)
    assert after is not None
    assert places(after, 5, RATE)[0].at <= now
    assert after.pushed == 3, "those who stand in it are put back by no more than before"


def test_who_has_read_the_line_long_ago_finds_the_way_that_fits_at_the_second_try() -> None:
    now, line = BEGAN, Line(BEGAN + 3, pushed=0)
    taking = Taking.of(1, RATE, now, seen=None)
    assert taking.on(line) is None
    assert taking.other().on(line) == Line(BEGAN + 3 + 1 / RATE, pushed=0)


@pytest.mark.parametrize(
    ("operation", "counts"),
    [
        ("GetAlias", True),
        ("UpdateAlias", True),
        ("PublishVersion", True),
        ("GetFunctionConfiguration", True),
        ("GetFunction", False),
        ("GetPolicy", False),
        ("Invoke", False),
    ],
)
def test_what_has_a_quota_of_its_own_is_not_counted(operation: str, *, counts: bool) -> None:
    assert is_counted(operation) is counts
