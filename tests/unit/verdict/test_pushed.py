"""What green's log and pushed alarms mean: only green's, only since the first shift, only gross."""

import math
import random
from typing import Any

import pytest

from handlers.domain.logs.counting import Window
from handlers.domain.logs.fingerprint import Fingerprint
from handlers.domain.shift.first_shift import first_shift
from handlers.domain.verdict.alarms import AlarmState, read_alarms
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.burst import Burst, burst
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_item, evidence_of
from handlers.domain.verdict.new_errors import KNOWN_SECONDS, Logged
from handlers.domain.verdict.push_signs import PushSigns
from handlers.domain.verdict.pushed import Heard, Moment, read_pushed, with_pushed
from handlers.domain.verdict.verdict import judge

NOW, SHIFTED = 10_000_000.0, 9_999_900.0
AT = 9_999_920
ERROR = Fingerprint("KeyError", "place (orders/place.py)")
LONG_AGO = NOW - KNOWN_SECONDS


def said(**functions: Heard) -> PushSigns:
    return read_pushed(functions, Moment(NOW, SHIFTED))


BURSTS: dict[str, tuple[list[Window], Burst | None]] = {
    "five of nine": ([Window(AT, 9, 5)], Burst(AT, 5, 9, 5)),
    "half is not gross": ([Window(AT, 10, 5)], None),
    "four are too few": ([Window(AT, 4, 4)], None),
    "over windows": ([Window(AT, 3, 3), Window(AT + 10, 2, 2)], Burst(AT, 15, 5, 5)),
    "over more than half a minute": ([Window(AT, 3, 3), Window(AT + 30, 2, 2)], None),
    "good ones before do not hide it": (
        [Window(AT, 1_000, 0), Window(AT + 5, 6, 6)],
        Burst(AT + 5, 5, 6, 6),
    ),
    "before the shift": ([Window(9_999_895, 50, 50)], None),
    "in the window of the shift": ([Window(9_999_895, 4, 4), Window(9_999_900, 4, 4)], None),
    "reports that are on their way": ([Window(AT, 2, 5)], Burst(AT, 5, 5, 5)),
    "nothing": ([], None),
}


@pytest.mark.parametrize("case", BURSTS)
def test_a_burst_is_gross_failure_in_half_a_minute_since_the_shift(case: str) -> None:
    windows, found = BURSTS[case]
    assert burst(windows, since=SHIFTED, answered=False) == found
    random.Random(1).shuffle(windows)
    assert burst(windows, since=SHIFTED, answered=False) == found


def test_before_the_first_shift_no_window_counts() -> None:
    assert burst([Window(AT, 9, 9)], since=math.inf, answered=True) is None
    assert first_shift([]) == math.inf
    flips: list[dict[str, Any]] = [{"weight": 10}, {"weight": 0, "at": 5.0}]
    assert first_shift(flips) == math.inf
    assert first_shift([*flips, {"weight": 50, "at": 9.0}, {"weight": 10, "at": 7.0}]) == 7.0


def test_answered_failures_count_where_blue_counts_its_own() -> None:
    windows = [Window(AT, 9, 1, 4)]
    assert said(api=Heard(windows=windows, marked=False)) == PushSigns()
    assert said(api=Heard(windows=windows, marked=True)).veto == (
        "green failed 5 of 9 requests in 5 s by its log, more than half: fail (error burst)"
    )


def test_a_log_without_all_its_reports_tells_no_burst() -> None:
    assert said(api=Heard(windows=[Window(AT, 9, 9)], whole=False)) == PushSigns()


def test_healthy_greens_have_no_bursts() -> None:
    chance = random.Random(7)
    for _ in range(300):
        pace = chance.choice((1, 3, 8, 40))
        windows = [
            Window(AT + 5 * n, pace, sum(chance.random() < 0.01 for _ in range(pace)))
            for n in range(60)
        ]
        assert burst(windows, since=SHIFTED, answered=True) is None


def test_an_error_that_blue_has_not_logged_in_a_week_fails_green() -> None:
    heard = Heard(errors=[Logged(ERROR, 3)], since=LONG_AGO)
    found = said(api=heard, worker=Heard())
    assert found.by == "newError"
    assert found.veto == (
        "api: green logged KeyError in place (orders/place.py) 3 times, which blue has not logged "
        "in 7 days: fail (new error)"
    )


@pytest.mark.parametrize(
    "heard",
    [
        Heard(errors=[Logged(ERROR, 2)], since=LONG_AGO),
        Heard(errors=[Logged(ERROR, 300)], known=frozenset({ERROR.bucket}), since=LONG_AGO),
        Heard(),
    ],
    ids=["twice", "known to blue", "none"],
)
def test_an_error_does_not_fail_green(heard: Heard) -> None:
    assert said(api=heard) == PushSigns()


@pytest.mark.parametrize("since", [None, LONG_AGO + 1])
def test_where_blue_is_not_known_for_a_week_it_is_only_told(since: float | None) -> None:
    found = said(api=Heard(errors=[Logged(ERROR, 9)], since=since))
    assert (found.by, found.veto) == (None, None)
    assert found.told == (
        "green logged KeyError in place (orders/place.py) 9 times, and blue's log is not known for "
        "7 days yet to tell whether it is new",
    )


def test_the_judgement_fails_by_it_and_can_be_judged_again_from_the_ledger() -> None:
    settings = BakeSettings()
    for signs in (
        said(api=Heard(windows=[Window(AT, 9, 9)])),
        said(api=Heard(errors=[Logged(ERROR, 3)], since=LONG_AGO)),
    ):
        evidence = Evidence(strata={"api": []}, pushed=signs)
        found = judge(evidence, settings)
        assert (found.word, found.by, found.reason) == ("fail", signs.by, signs.veto)
        assert judge(evidence_of(evidence_item(evidence, settings)), settings) == found
    told = PushSigns(told=("by the way",))
    assert judge(Evidence(strata={}, pushed=told), settings).reason.endswith("; by the way")


def test_evidence_that_was_kept_before_there_were_signals_can_be_read() -> None:
    item = evidence_item(Evidence(strata={}), BakeSettings())
    del item["pushed"]
    assert evidence_of(item).pushed == PushSigns()


ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors"
GREEN_AGAIN = {ARN: AlarmState(red=False, since=1_600)}


def alarmed(since: float, states: dict[str, AlarmState], *, red_before: bool = False) -> Any:
    signals = {"stop": {"at": "…"}, "alarm#errors": {"arn": ARN, "since": since}}
    return read_alarms(
        [ARN],
        with_pushed(states, signals),
        red_before=[ARN] if red_before else [],
        shifted_at=1_000,
    )


def test_an_alarm_that_was_red_between_two_looks_ends_the_shift() -> None:
    assert alarmed(1_500, GREEN_AGAIN).veto == "alarm errors went red after the shift began: fail"


def test_an_alarm_that_was_red_before_the_shift_never_does() -> None:
    assert alarmed(900, GREEN_AGAIN).veto is None
    assert alarmed(1_500, GREEN_AGAIN, red_before=True).veto is None
    still = {ARN: AlarmState(red=True, since=900)}
    assert alarmed(1_500, still).veto is None


def test_an_alarm_that_is_gone_stays_gone() -> None:
    assert alarmed(1_500, {}).told == ("alarm errors is gone and watches nothing",)
