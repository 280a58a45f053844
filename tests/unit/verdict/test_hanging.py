"""A hang by green's own log, and what the plan says of when one is seen."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.baking.pushed import pushed
from handlers.domain.logs.counting import Window
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.hanging import Hang, Hangable, by_log, foreseen, hanging, patience
from handlers.domain.verdict.push_signs import PushSigns
from handlers.domain.verdict.pushed import Moment

SINCE, NOW = 1_000.0, 1_100.0
OLD, YOUNG = 1_060, 1_070
HEARD = Before(requests=1_000, minutes=60, p95_ms=40.0)


def found(*windows: Window) -> Hang | None:
    return hanging(windows, since=SINCE, now=NOW, patience=30)


@pytest.mark.parametrize(
    ("windows", "hang"),
    [
        ([Window(OLD, started=9)], Hang(9, 9, 30)),
        ([Window(OLD, started=9, finished=2), Window(YOUNG, finished=2)], Hang(9, 5, 30)),
        ([Window(OLD, started=10, finished=5)], None),
        ([Window(OLD, started=4)], None),
        ([Window(YOUNG, started=90)], None),
        ([Window(995, started=90)], None),
        ([], None),
    ],
    ids=[
        "all hang", "more than half", "half is not gross", "few", "young ones may end yet",
        "before the shift", "silence",
    ],
)  # fmt: skip
def test_a_hang_is_gross_or_none(windows: list[Window], hang: Hang | None) -> None:
    assert found(*windows) == hang


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.integers(1, 2))
def test_a_green_that_ends_within_its_patience_never_hangs(began: list[int], times: int) -> None:
    """Also where every delivery came twice, and where only those of beginnings did."""
    windows = [
        Window(int(SINCE) + 5 * n, finished=count, started=count * times)
        for n, count in enumerate(began)
    ]
    assert found(*windows) is None


def test_the_patience_is_three_times_blues_p95_and_half_a_minute_at_least() -> None:
    assert patience(HEARD) == 30
    assert patience(Before(requests=1_000, p95_ms=20_000)) == 60
    assert patience(Before(requests=99, p95_ms=20)) is patience(Before()) is None


@pytest.mark.parametrize(
    ("sent", "by"),
    [({}, "hang"), ({"api": [(1_056.0, 1_062.0)]}, None), ({"api": [(1_090.0, 1_092.0)]}, "hang")],
    ids=["none sent", "while they began", "later"],
)
def test_beginnings_while_synthetic_requests_were_sent_say_nothing(sent: Any, by: Any) -> None:
    assert said([Window(OLD, started=9)], sent).by == by


def test_what_ends_while_synthetic_requests_are_sent_has_ended() -> None:
    windows = [Window(OLD, started=9), Window(1_090, finished=9, started=3)]
    assert said(windows, {"api": [(1_090.0, 1_092.0)]}).by is None


def said(windows: list[Window], sent: Any) -> PushSigns:
    """What Bake makes of them, where no signal was written."""
    heard = SimpleNamespace(windows=lambda *_, **__: {"api": windows}, known=lambda *_: frozenset())
    record: Any = SimpleNamespace(
        heard={"api": True}, hangs={"api": 30.0}, deployment="d", service="shop"
    )
    tools: Any = SimpleNamespace(heard=heard)
    return pushed(tools, record, {"api": "8"}, (), {}, Moment(NOW, SINCE), sent)


def hangable(timeout: int = 900, **more: Any) -> Hangable:
    known: dict[str, Any] = {"before": HEARD, "by_log": True, "by_share": 90.0, **more}
    return Hangable(timeout_seconds=timeout, **known)


def test_the_log_tells_where_it_is_sooner_than_the_time_out() -> None:
    functions = {
        "slow": hangable(),
        "soon": hangable(40),
        "deaf": hangable(by_log=False),
        "new": hangable(before=Before()),
    }
    assert by_log(functions) == {"slow": 30}


def test_the_plan_says_when_a_hang_is_seen() -> None:
    functions = {
        "api": hangable(29),
        "export": hangable(),
        "import": hangable(by_log=False),
        "mail": hangable(60, by_log=False),
        "nightly": hangable(by_log=False, by_share=None),
    }
    assert list(foreseen(functions)) == [
        "a hang of export is seen after 30 s, by its log",
        "a hang of import is seen after 90 s while blue and green share its traffic, at 100 % after "
        "its time-out of 900 s",
        "a hang of mail is seen after its time-out of 60 s",
        "a hang of nightly is seen after its time-out of 900 s",
    ]
