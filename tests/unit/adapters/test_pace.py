"""The pace of one environment's own calls."""

from handlers.adapters.functions.pace import Pace


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


def test_the_first_calls_wait_for_nothing() -> None:
    time = Time()
    pace = Pace(12, lambda: time.now, time.sleep)
    for _ in range(12):
        pace.wait()
    assert time.slept == 0


def test_many_calls_keep_to_the_rate_after_the_burst() -> None:
    time = Time()
    pace = Pace(12, lambda: time.now, time.sleep)
    for _ in range(120):
        pace.wait()
    assert abs(time.slept - (120 - 12) / 12) < 0.01


def test_a_quiet_while_fills_the_budget_and_no_more() -> None:
    time = Time()
    pace = Pace(12, lambda: time.now, time.sleep)
    for _ in range(30):
        pace.wait()
    time.now += 3600
    before = time.slept
    for _ in range(12):
        pace.wait()
    assert time.slept == before
    pace.wait()
    assert time.slept > before
