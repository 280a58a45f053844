"""The budget on DynamoDB: environments that know nothing of each other, and a ledger that fails."""

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError

from handlers.adapters.aws import new_client
from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.functions.budget import Budget
from handlers.adapters.functions.control_plane import in_turn
from handlers.adapters.functions.functions import Functions
from handlers.adapters.invocation import Invocation
from handlers.adapters.ledger import lines
from handlers.adapters.ledger.ledger import Ledger
from handlers.adapters.ledger.lines import Lines
from handlers.domain.budget.budget import FIRST_RATE, THROTTLED_SECONDS
from handlers.domain.budget.line import BURST_SECONDS, Line, Taking
from handlers.errors import TransientAws

RATE = 10.0
_numbers = itertools.count(1)


@pytest.fixture
def found(ledger: Ledger) -> Iterator[Lines]:
    """Lines in which nobody stood before."""
    with patch.object(lines, "PK", f"BUDGET#{next(_numbers)}"):
        yield Lines(ledger)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self.now, self.slept = now, 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


class Told(Lines):
    """Lines whose takings are kept, and delayed or refused."""

    def __init__(self, ledger: Ledger, before: Callable[[], None] = lambda: None) -> None:
        super().__init__(ledger)
        self.taken: list[tuple[str, float]] = []
        self._before = before

    def take(self, name: str, taking: Taking, *, push: bool = False) -> Line:
        self._before()
        self.taken.append((name, taking.seconds))
        return super().take(name, taking, push=push)


def made(found: Lines, clock: Time, *, first: bool = False, **details: Any) -> Budget:
    """The budget of an environment of its own."""
    return Budget(found, RATE, first=first, clock=lambda: clock.now, sleep=clock.sleep, **details)


def test_an_environment_alone_waits_after_half_a_second_of_calls(found: Lines) -> None:
    clock = Time()
    budget = made(found, clock)
    for _ in range(5):
        budget.wait()
    assert clock.slept == 0
    for _ in range(20):
        budget.wait()
    assert clock.slept == pytest.approx(2, abs=0.11)


def test_environments_share_one_rate(found: Lines) -> None:
    clock = Time()
    budgets = [made(found, clock) for _ in range(5)]
    for _ in range(10):
        for budget in budgets:
            budget.wait()
    assert clock.slept == pytest.approx(50 / RATE - BURST_SECONDS, abs=0.11)


def test_twenty_writers_at_once_take_a_place_each(found: Lines) -> None:
    now = 1_795_000_000.0

    def take(_: int) -> list[Line]:
        return [found.take("REST", Taking.of(1, RATE, now, None)) for _ in range(3)]

    with ThreadPoolExecutor(20) as pool:
        taken = [line.free for ended in pool.map(take, range(20)) for line in ended]
    places = sorted(taken)
    assert len({round(each * RATE) for each in places}) == 60
    assert places[-1] == pytest.approx(now - BURST_SECONDS + 60 / RATE)


def test_who_waits_while_another_asks_is_asked_for_in_one_write(
    ledger: Ledger, found: Lines
) -> None:
    go_on, asked = threading.Event(), threading.Event()

    def first_waits() -> None:
        asked.set()
        assert go_on.wait(5)

    told = Told(ledger, first_waits)
    budget = made(told, Time())
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(budget.wait)
        assert asked.wait(5)
        others = [pool.submit(budget.wait) for _ in range(7)]
        while budget._wanted < 7:
            time.sleep(0.001)
        go_on.set()
        for each in (first, *others):
            each.result(5)
    assert [round(seconds * RATE) for _, seconds in told.taken] == [1, 7]


def test_a_rollback_goes_at_once_and_the_others_are_put_back_by_it(found: Lines) -> None:
    clock = Time()
    waiting, back = made(found, clock), made(found, clock, first=True)
    for _ in range(40):
        waiting.wait()
    place = waiting._place()
    assert place is not None
    slept = clock.slept
    for _ in range(7):
        back.wait()
    assert clock.slept == slept
    line = found.read("REST")
    assert line is not None
    assert place.put_back(line).at == pytest.approx(place.at + 7 / RATE)


def test_who_sleeps_finds_out_that_a_rollback_came(found: Lines) -> None:
    clock = Time()

    class Sleeper(Time):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.slept < 0.2:
                for _ in range(5):
                    made(found, self, first=True).wait()

    sleeper = Sleeper(clock.now)
    budget = made(found, sleeper)
    for _ in range(7):
        budget.wait()
    assert sleeper.slept > 0.5


def test_a_throttled_call_makes_all_deployments_hold_back(found: Lines) -> None:
    clock = Time()
    here, there = made(found, clock), made(found, clock)
    for _ in range(11):
        there.wait()
    slept = clock.slept
    for _ in range(8):
        here.throttled()
    here.wait()
    assert THROTTLED_SECONDS <= clock.slept - slept < 2 * THROTTLED_SECONDS


@pytest.mark.parametrize("first", [True, False])
def test_a_ledger_that_fails_stops_no_call(ledger: Ledger, *, first: bool) -> None:
    def fails() -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    clock, told = Time(), Told(ledger, fails)
    budget = made(told, clock, first=first)
    for _ in range(14):
        budget.wait()
    rate = FIRST_RATE if first else RATE / 4
    assert clock.slept == pytest.approx((14 - rate) / rate, abs=0.01)


def test_a_rollback_waits_half_a_second_for_a_ledger_that_does_not_answer(ledger: Ledger) -> None:
    stuck = threading.Event()
    try:
        budget = made(Told(ledger, lambda: stuck.wait(10) and None), Time(), first=True)
        began = time.monotonic()
        for _ in range(10):
            budget.wait()
        assert time.monotonic() - began < 2
    finally:
        stuck.set()


def test_a_phase_that_would_wait_past_its_end_says_so_and_is_tried_again(found: Lines) -> None:
    clock = Time()
    full, late = made(found, clock), made(found, clock, left=lambda: 1.0)
    for _ in range(25):
        full._place()
    with pytest.raises(TransientAws, match="taken by other deployments for 2 s more"):
        late.wait()
    assert clock.slept == 0


def test_a_rollback_that_would_wait_past_its_end_goes_at_once(found: Lines) -> None:
    clock = Time()
    full = made(found, clock, first=True)
    late = made(found, clock, first=True, left=lambda: 1.0)
    for _ in range(40):
        full._place()
    late.wait()
    assert clock.slept == 0


def test_a_rollback_does_not_wait_in_a_line_that_a_wrong_clock_has_left(found: Lines) -> None:
    clock, ahead = Time(), Time(Time().now + 61)
    for _ in range(10):
        made(found, ahead, first=True)._place()
    made(found, clock, first=True).wait()
    assert clock.slept == 0


class Context:
    """Lambda's, which says how much time is left."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def test_an_invocation_has_to_end_some_seconds_before_its_time_out() -> None:
    invocation = Invocation()
    assert invocation.left() == math.inf
    invocation.begin(Context())
    assert 54 < invocation.left() <= 55
    invocation.begin(None)
    assert invocation.left() == math.inf, "the next one has an end of its own"


class Turns:
    """Counts who asks."""

    def __init__(self) -> None:
        self.waited = self.heard = 0

    def wait(self) -> None:
        self.waited += 1

    def throttled(self) -> None:
        self.heard += 1


def test_each_call_that_shares_the_quota_waits_for_its_turn(
    cloud: Any, function: Callable[..., str]
) -> None:
    name, turns = function(), Turns()
    client = in_turn(cloud.client("lambda"), turns)
    Functions(client).configuration(name, "1")
    Functions(client).read(name)
    assert turns.waited == 0, "GetFunction has a quota of its own"
    assert Aliases(client).read(name, "live") is not None
    assert [each["Version"] for each in Functions(client).versions(name)] == ["1", "2", "3"]
    assert turns.waited == 2


def test_a_call_that_the_sdk_makes_again_waits_again_and_its_throttle_is_heard(
    cloud: Any, function: Callable[..., str]
) -> None:
    name, turns, left = function(), Turns(), [2]

    def throttle(request: Any, **_: Any) -> AWSResponse | None:
        left[0] -= 1
        return throttled(request) if left[0] >= 0 else None

    with patch.dict("os.environ", cloud.variables()), patch("botocore.retries.standard.random"):
        client = in_turn(new_client("lambda"), turns)
        client.meta.events.register_first("before-send.lambda", throttle)
        with patch("botocore.endpoint.time"):
            assert Aliases(client).read(name, "live") is not None
    assert (turns.waited, turns.heard) == (3, 2)


class _Body:
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield b'{"Type": "User", "message": "Rate exceeded"}'


def throttled(request: Any) -> AWSResponse:
    """What Lambda answers past its quota."""
    headers: Mapping[str, str] = {"x-amzn-errortype": "TooManyRequestsException"}
    return AWSResponse(request.url, 429, headers, _Body())
