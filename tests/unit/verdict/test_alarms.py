"""The owner's alarms: red since the shift ends it, red before it is only told."""

import pytest

from handlers.domain.verdict.alarms import AlarmSigns, AlarmState, foreseen, read_alarms
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.verdict import judge

ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:orders-queue-age"
OTHER = ARN + "-2"
GOOD = [Stratum(60 * n, 60, 0, 540, 1) for n in range(7)]


def said(*states: AlarmState | None, red_before: tuple[str, ...] = ()) -> AlarmSigns:
    known = {arn: state for arn, state in zip((ARN, OTHER), states, strict=False) if state}
    arns = (ARN, OTHER)[: len(states)]
    return read_alarms(arns, known, red_before=red_before, shifted_at=1_000)


@pytest.mark.parametrize(
    ("state", "red_before", "veto", "told"),
    [
        (AlarmState(red=False, since=1_500), (), None, ()),
        (
            AlarmState(red=True, since=1_500),
            (),
            "alarm orders-queue-age went red after the shift began: fail",
            (),
        ),
        (
            AlarmState(red=True, since=900),
            (),
            None,
            ("alarm orders-queue-age was red before the shift and does not count",),
        ),
        (
            AlarmState(red=True, since=1_500),
            (ARN,),
            None,
            ("alarm orders-queue-age was red before the shift and does not count",),
        ),
        (None, (), None, ("alarm orders-queue-age is gone and watches nothing",)),
    ],
    ids=["quiet", "red since", "red before", "red again", "deleted"],
)
def test_an_alarm_counts_from_the_shift_on(
    state: AlarmState | None, red_before: tuple[str, ...], veto: str | None, told: tuple[str, ...]
) -> None:
    assert said(state, red_before=red_before) == AlarmSigns(veto, told)


def test_one_red_alarm_among_others_is_enough() -> None:
    found = said(None, AlarmState(red=True, since=1_001))

    assert found.veto == "alarm orders-queue-age-2 went red after the shift began: fail"
    assert len(found.told) == 1


def test_a_red_alarm_fails_a_green_that_would_have_passed() -> None:
    alarms = said(AlarmState(red=True, since=1_001))

    found = judge(Evidence(strata={"api": GOOD}, alarms=alarms), BakeSettings())

    assert (found.word, found.by, found.reason) == ("fail", "alarm", alarms.veto)


def test_what_a_person_should_know_of_alarms_is_told_with_any_verdict() -> None:
    found = judge(Evidence(strata={"api": GOOD}, alarms=said(None)), BakeSettings())

    assert found.word == "pass"
    assert found.reason.endswith("; alarm orders-queue-age is gone and watches nothing")


def test_the_plan_tells_of_alarms_that_will_not_watch() -> None:
    assert foreseen((ARN, OTHER), {ARN: AlarmState(red=True, since=1)}) == [
        "alarm orders-queue-age is red already and will not stop the shift",
        "alarm orders-queue-age-2 does not exist here and watches nothing",
    ]
