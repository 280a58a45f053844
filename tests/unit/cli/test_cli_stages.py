"""From what the phases wrote down to what is shown: the same items make the same stages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from statemachine.following import Counts, Journalled, Observation, observation
from statemachine.stage import WayBack
from statemachine.status import FunctionStatus, drifts_of, way_back

STARTED = "2026-11-23T10:15:00.000Z"
EPOCH = datetime(2026, 11, 23, 10, 15, tzinfo=UTC).timestamp()
RECORD = {
    "deployment": "orders-1.1.0-x",
    "service": "orders",
    "release": "1.1.0",
    "action": "deploy",
    "note": "",
}
GREEN = {"versions": {"api": "8", "worker": "6", "mail": "unchanged"}, "published": 2, "found": 0}


def at(second: float) -> str:
    text = datetime.fromtimestamp(EPOCH + second, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def phase(begin: float, end: float | None = None, **section: Any) -> dict[str, Any]:
    return {"startedAt": at(begin)} | (
        {"endedAt": at(end), "section": section} if end is not None else {}
    )


def flip(step: int, weight: int, second: float | None, function: str = "api") -> dict[str, Any]:
    moved = {} if second is None else {"at": EPOCH + second}
    return {"step": step, "weight": weight, "function": function} | moved


def verdict(step: int, weight: int, second: float, following: str, **counts: Any) -> dict[str, Any]:
    facts = {
        "verdict": "wait",
        "reason": "why",
        "greenRequests": 15,
        "greenFailures": 1,
        "blueRequests": 135,
        "blueFailures": 3,
        "evidence": {"api": [[0, 10, 1, 90, 2]], "worker": [[0, 5, 0, 45, 1]]},
    }
    return {"step": step, "weight": weight, "at": at(second), "next": following, "greenServed": 20, "greenFailed": 1} | facts  # fmt: skip


PLAN = {"Plan": phase(1, 1, steps=2, shiftPlan="steps(10@5, 100@5)", note="")}
PROVISIONED = PLAN | {"ProvisionGreen": phase(1, 4, **GREEN)}
VERIFIED = PROVISIONED | {
    "MigrateSchema": phase(6, 6, reason="applied 1"),
    "VerifyGreen": phase(6, 7, reason="2 of 2 checks passed"),
}
SHIFTING = VERIFIED | {"ShiftTraffic": phase(7)}
UP = [flip(1, 10, 8.0, "worker"), flip(1, 10, 8.1, "api")]
AGAIN = [*UP, flip(2, 100, 30.0, "worker"), flip(2, 100, 30.2, "api")]


def look(
    phases: Any,
    flips: Any = (),
    verdicts: Any = (),
    answer: Any = None,
    hooks: Any = (),
    back: WayBack | None = None,
    **record: Any,
) -> Observation:
    found = Journalled(
        record={**RECORD, **record},
        phases=phases,
        flips=flips,
        verdicts=verdicts,
        hooks=hooks,
        back=back,
    )
    return observation(found, at=at(60), execution="arn", started_at=STARTED, answer=answer)


def hook(point: str, step: int, second: float, *, calls: int, status: str) -> dict[str, Any]:
    return {
        "point": point, "step": step, "status": status, "calls": calls, "function": "smoke",
        "started": EPOCH + second, "due": EPOCH + second, "details": {},
    }  # fmt: skip


def told(seen: Observation) -> list[tuple[str, int, bool]]:
    return [(stage.phase, stage.weight, stage.ended_at is not None) for stage in seen.stages]


BEFORE = [
    ("Plan", 0, True),
    ("ProvisionGreen", 0, True),
    ("MigrateSchema", 0, True),
    ("VerifyGreen", 0, True),
]
END = {"endedAt": at(50), "outcome": "Released", "reason": "pass"}
BACK = {"endedAt": at(50), "outcome": "RolledBack", "reason": "AwsRefused: Lambda refused"}
REFUSED = {"endedAt": at(2), "outcome": "Rejected", "reason": "no"}
STOPPED = WayBack(at(25), "the execution aborted")


@pytest.mark.parametrize(
    ("seen", "stages"),
    [
        (look({}), []),
        (look(PLAN), BEFORE[:1]),
        (look(PLAN | {"ProvisionGreen": phase(1)}), [*BEFORE[:1], ("ProvisionGreen", 0, False)]),
        (look(PROVISIONED), [*BEFORE[:2], ("MigrateSchema", 0, False)]),
        (look(VERIFIED), BEFORE),
        (look(SHIFTING), [*BEFORE, ("ShiftTraffic", 10, False)]),
        (look(SHIFTING, [flip(1, 10, None)]), [*BEFORE, ("ShiftTraffic", 10, False)]),
        (look(SHIFTING, UP[:1]), [*BEFORE, ("ShiftTraffic", 10, False)]),
        (look(SHIFTING, UP), [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, False)]),
        (
            look(SHIFTING, UP, [verdict(1, 10, 20, "observe")]),
            [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, False)],
        ),
        (
            look(SHIFTING, UP, [verdict(1, 10, 20, "shift")]),
            [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, True), ("ShiftTraffic", 100, False)],
        ),
        (
            look(SHIFTING, UP, [verdict(1, 10, 20, "rollBack")]),
            [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, True), ("RollBack", 0, False)],
        ),
        (
            look(SHIFTING, AGAIN, [verdict(1, 10, 20, "shift"), verdict(2, 100, 40, "finalize")]),
            [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, True), ("ShiftTraffic", 100, True), ("Bake", 100, True), ("Finalize", 0, False)],
        ),
        (
            look(SHIFTING | {"RollBack": phase(21, 21)}, [*UP, flip(999, 0, 21)], [verdict(1, 10, 20, "observe")], BACK),
            [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, True), ("RollBack", 0, True)],
        ),
        (
            look(PLAN | {"ProvisionGreen": phase(1), "RollBack": phase(9, 9)}, (), (), BACK),
            [*BEFORE[:1], ("ProvisionGreen", 0, True), ("RollBack", 0, True)],
        ),
        (look(PLAN, action="contract"), [("Plan", 0, True), ("MigrateSchema", 0, False)]),
        (look(PLAN | {"RollBack": phase(9, 9)}, (), (), BACK, action="contract"), [("Plan", 0, True), ("MigrateSchema", 0, True), ("RollBack", 0, True)]),
        (
            look(PLAN | {"MigrateSchema": phase(9, 9, reason="applied 1"), "Finalize": phase(9, 9)}, (), (), END, action="contract"),
            [("Plan", 0, True), ("MigrateSchema", 0, True), ("Finalize", 0, True)],
        ),
        (look({}, action="rollback"), [("RollBack", 0, False)]),
        (look({"RollBack": phase(1, 2)}, (), (), BACK, action="rollback"), [("RollBack", 0, True)]),
        (look(PLAN | {"ProvisionGreen": phase(1)}, (), (), END), [*BEFORE[:1], ("ProvisionGreen", 0, True)]),
        (look(PROVISIONED, back=STOPPED), [*BEFORE[:2], ("MigrateSchema", 0, True), ("RollBack", 0, False)]),
        (look(SHIFTING, UP, back=STOPPED), [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, True), ("RollBack", 0, False)]),
        (look({}, (), (), REFUSED), [("Plan", 0, True)]),
        (look({}, (), (), REFUSED, action="rollback"), []),
    ],
)  # fmt: skip
def test_the_stages_follow_from_the_items(seen: Observation, stages: list[Any]) -> None:
    assert told(seen) == stages
    assert seen.phase == (stages[-1][0] if stages else "Plan")


def failed(seen: Observation) -> dict[str, str]:
    return {stage.phase: stage.told for stage in seen.stages if stage.failed}


def compared(mode: str) -> dict[str, Any]:
    """Green answers otherwise than blue."""
    found = [{"mode": mode, "fields": [{"field": "body.total"}]}, {"mode": "gate", "fields": []}]
    return VERIFIED | {"VerifyGreen": phase(6, 8, reason="compared", results=[], compared=found)}


BAD_CHECKS = PROVISIONED | {
    "MigrateSchema": phase(6, 9, reason="applied 1", next="done"),
    "VerifyGreen": phase(6, 8, reason="1 of 2 checks passed", results=[{"unmet": ["status"]}]),
}
HALF = {"MigrateSchema": phase(9, 9, reason="statement 2 of 5", next="again")}
REFUSES = WayBack(at(8.1), "ChecksFailed: 1 of 2 checks failed: 'an order' on api:8: status 500")


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (look(SHIFTING, UP, [verdict(1, 10, 20, "rollBack")]), {"Bake": "why"}),
        (
            look(SHIFTING, UP, [verdict(1, 10, 20, "rollBack")], BACK, STOPPED),
            {"Bake": "why"},
        ),
        (look(BAD_CHECKS), {"VerifyGreen": "1 of 2 checks passed"}),
        (look(BAD_CHECKS, back=REFUSES), {"VerifyGreen": REFUSES.reason}),
        (look(compared("gate")), {"VerifyGreen": "compared"}),
        (look(compared("inform")), {}),
        (look(BAD_CHECKS | {"RollBack": phase(9, 9)}, (), (), BACK), {"VerifyGreen": BACK["reason"]}),
        (look(PROVISIONED | HALF | {"RollBack": phase(9, 9)}, (), (), BACK), {"MigrateSchema": BACK["reason"]}),
        (look(PLAN | {"ProvisionGreen": phase(1)}, back=STOPPED), {"ProvisionGreen": STOPPED.reason}),
        (look(SHIFTING, UP[:1], back=STOPPED), {"ShiftTraffic": STOPPED.reason}),
        (look(SHIFTING, UP, [verdict(1, 10, 20, "observe")], back=STOPPED), {"Bake": STOPPED.reason}),
        (look(SHIFTING, AGAIN, [verdict(1, 10, 20, "shift"), verdict(2, 100, 40, "finalize")], back=STOPPED), {"Finalize": STOPPED.reason}),
        (look(SHIFTING, UP, [verdict(1, 10, 20, "rollBack")], {**BACK, "outcome": "NeedsAttention"}), {"Bake": "why", "RollBack": BACK["reason"]}),
        (look(SHIFTING, UP, [verdict(1, 10, 20, "rollBack")], BACK), {"Bake": "why"}),
        (look({}, action="rollback"), {}),
        (look(SHIFTING, AGAIN, [verdict(1, 10, 20, "shift"), verdict(2, 100, 40, "finalize")], END), {}),
        (look(VERIFIED, back=STOPPED), {}),
    ],
)  # fmt: skip
def test_what_led_to_the_way_back_has_failed_and_says_why(
    seen: Observation, why: dict[str, str]
) -> None:
    assert failed(seen) == why


def test_a_way_back_after_a_phase_that_went_well_says_itself_why() -> None:
    assert look(VERIFIED, back=STOPPED).stages[-1].told == STOPPED.reason


MOVED = {"execution": "arn", "at": at(22), "because": "AliasMoved: somebody", "what": "api"}
LATER = {"execution": "arn2", "at": at(40), "because": "AliasMoved: somebody", "what": "api"}
BAKING = (SHIFTING, UP, [verdict(1, 10, 20, "observe")])


@pytest.mark.parametrize("tries", [[MOVED], [MOVED, LATER]])
@pytest.mark.parametrize("back", [None, STOPPED, WayBack(at(41), "the execution failed")])
def test_however_often_it_is_recovered_a_stage_failed_when_the_first_try_began(
    tries: list[dict[str, str]], back: WayBack | None
) -> None:
    answer = {**BACK, "outcome": "NeedsAttention"}
    bake, way_back = look(*BAKING, answer, back=back, attention=tries).stages[-2:]
    assert (bake.ended_at, bake.told) == (at(22), MOVED["because"])
    assert (way_back.started_at, way_back.ended_at) == (at(22), BACK["endedAt"])


@pytest.mark.parametrize(
    "seen",
    [
        look(BAD_CHECKS, back=REFUSES),
        look(SHIFTING | {"RollBack": phase(24, 24)}, UP, BAKING[2], BACK, back=STOPPED),
    ],
    ids=["checks", "an execution that is stopped as it has gone back"],
)
def test_no_stage_ends_before_it_began(seen: Observation) -> None:
    for stage in seen.stages:
        assert stage.ended_at is None or stage.started_at <= stage.ended_at, stage


def test_a_migration_under_way_tells_what_its_last_slice_did() -> None:
    seen = look(PROVISIONED | {"MigrateSchema": {"section": {"reason": "45 % of about 9 rows"}}})
    assert told(seen) == [*BEFORE[:2], ("MigrateSchema", 0, False)]
    assert seen.stages[-1].told == "45 % of about 9 rows"


def test_stages_follow_one_another_without_gaps() -> None:
    verdicts = [verdict(1, 10, 20, "shift"), verdict(2, 100, 40, "finalize")]
    seen = look(SHIFTING | {"Finalize": phase(41, 41)}, AGAIN, verdicts, END)
    assert seen.stages[0].started_at == STARTED
    for before, after in zip(seen.stages, seen.stages[1:], strict=False):
        assert before.ended_at == after.started_at, (before, after)


def test_the_skew_of_a_step_is_between_its_first_and_last_flip() -> None:
    seen = look(SHIFTING, UP)
    assert seen.stages[-2].told == "2 aliases moved, 100 ms apart"


def test_an_observation_counts_what_was_judged_and_what_green_served() -> None:
    seen = look(SHIFTING, UP, [verdict(1, 10, 20, "observe")])
    assert (seen.green, seen.blue, seen.served) == (Counts(15, 1), Counts(135, 3), Counts(20, 1))
    assert (seen.step, seen.steps, seen.weight) == (1, 2, 10)
    assert (seen.verdict, seen.reason) == ("wait", "why")


@pytest.mark.parametrize("flips", [UP, AGAIN[:3], AGAIN])
def test_a_verdict_is_not_told_of_a_step_that_it_did_not_judge(flips: Any) -> None:
    seen = look(SHIFTING, flips, [verdict(1, 10, 20, "shift")])
    assert (seen.step, seen.verdict, seen.reason, seen.green) == (2, None, "", None)


def test_while_a_step_moves_the_weight_is_still_that_of_the_step_before() -> None:
    judged = [verdict(1, 10, 20, "shift")]
    assert look(SHIFTING, UP[:1]).weight == 0
    assert look(SHIFTING, AGAIN[:3], judged).weight == 10
    assert look(SHIFTING, AGAIN, judged).weight == 100


def test_after_the_way_back_nothing_is_on_green() -> None:
    seen = look(SHIFTING | {"RollBack": phase(21, 21)}, [*UP, flip(999, 0, 21)])
    assert (seen.weight, seen.step) == (0, 1)


@pytest.mark.parametrize(
    ("function", "whole"),
    [
        (FunctionStatus(name="a", kind="entry", alias="live", version="8", weights={}), True),
        (FunctionStatus(name="a", kind="entry", alias="live", version="7", weights={}), False),
        (
            FunctionStatus(name="a", kind="entry", alias="live", version="8", weights={"9": 10}),
            False,
        ),
        (FunctionStatus(name="a", kind="entry", alias="live", version=None, weights={}), False),
    ],
)
def test_a_service_is_whole_when_each_alias_serves_its_version_alone(
    function: FunctionStatus, *, whole: bool
) -> None:
    assert (drifts_of({"api": function}, {"versions": {"api": "8"}}, "live") == ()) is whole


LIVE = {"former": {"release": "1.0.0"}, "rollbackUntil": "2026-11-24T10:00:00.000Z"}


@pytest.mark.parametrize(
    ("live", "now", "expected"),
    [
        (None, "2026-11-23", (None, None)),
        (LIVE, "2026-11-23T10:00:00.000Z", ("1.0.0", LIVE["rollbackUntil"])),
        (LIVE, "2026-11-24T10:00:00.001Z", (None, None)),
        ({**LIVE, "former": None}, "2026-11-23T10:00:00.000Z", (None, None)),
        (
            {**LIVE, "former": {"release": ""}},
            "2026-11-23T10:00:00.000Z",
            ("", LIVE["rollbackUntil"]),
        ),
    ],
)
def test_the_way_back_is_open_inside_the_rollback_window(
    live: Any, now: str, expected: Any
) -> None:
    assert way_back(live, now) == expected


WAITING = hook("beforeShift", 0, 8, calls=2, status="IN_PROGRESS")
HELD = hook("afterStep", 1, 9, calls=1, status="IN_PROGRESS")
PASSED = hook("beforeShift", 0, 8, calls=2, status="SUCCEEDED")
BAKED = [*BEFORE, ("ShiftTraffic", 10, True), ("Bake", 10, True)]


@pytest.mark.parametrize(
    ("seen", "expected", "says"),
    [
        (
            look(VERIFIED, hooks=[WAITING]),
            [*BEFORE, ("RunHooks", 0, False)],
            "smoke at beforeShift is in progress, 2 calls",
        ),
        (
            look(SHIFTING, UP, [verdict(1, 10, 20, "observe")], hooks=[PASSED, HELD]),
            [*BAKED[:-1], ("Bake", 10, False), ("RunHooks", 0, False)],
            "smoke at afterStep is in progress, 1 call",
        ),
        (
            look(SHIFTING, UP, [verdict(1, 10, 20, "shift")], hooks=[HELD]),
            [*BAKED, ("RunHooks", 0, False)],
            "smoke at afterStep is in progress, 1 call",
        ),
        (
            look(SHIFTING, UP, [verdict(1, 10, 20, "shift")], hooks=[PASSED]),
            [*BAKED, ("ShiftTraffic", 100, False)],
            "",
        ),
        (
            look(SHIFTING | {"RollBack": phase(21)}, UP, [verdict(1, 10, 20, "rollBack")], hooks=[HELD]),
            [*BAKED, ("RollBack", 0, False)],
            "",
        ),
    ],
    ids=["before the shift", "beside the bake", "a step that passed", "none", "the way back"],
)  # fmt: skip
def test_a_hook_in_progress_is_what_is_waited_for(
    seen: Observation, expected: list[tuple[str, int, bool]], says: str
) -> None:
    assert told(seen) == expected
    assert seen.stages[-1].told == says
    assert seen.phase == expected[-1][0]


URL = "https://abc.execute-api.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("phases", "answer", "shown"),
    [(PROVISIONED, None, None), (VERIFIED, None, URL), (VERIFIED, {"outcome": "Released"}, None)],
    ids=["before green is there", "while it is tried", "after the end"],
)
def test_the_preview_is_shown_while_green_can_be_tried(
    phases: dict[str, Any], answer: dict[str, Any] | None, shown: str | None
) -> None:
    assert look(phases, answer=answer, preview={"url": URL}).preview == shown
