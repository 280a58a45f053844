"""Hooks: which are due, when they are asked again, what they are told and what they may answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.codec import decode, encode
from handlers.domain.hooks.due import (
    events_of_hooks,
    next_call,
    points_due,
    wait_seconds,
)
from handlers.domain.hooks.hook import POINTS, Hook, HookRun
from handlers.domain.hooks.hook_answer import HookAnswer, read_answer
from handlers.domain.hooks.hook_payload import hook_payload
from handlers.domain.record import Record, RecordedFunction
from handlers.domain.shift.rounds import HISTORY_EVENTS_LIMIT, history_events
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.verdict.bake_settings import BakeSettings

FUNCTION = "arn:aws-cn:lambda:cn-north-1:123456789012:function:"


@pytest.mark.parametrize(
    ("step", "last", "finalizing", "points"),
    [
        (0, False, False, ("beforeShift",)),
        (1, False, False, ("afterStep",)),
        (3, True, False, ("afterStep", "afterShift")),
        (3, True, True, ("afterStep", "afterShift", "beforeFinalize")),
        (1, False, True, ("afterStep", "afterShift", "beforeFinalize")),
    ],
    ids=["no traffic", "a step", "the last step", "judged", "nothing changed"],
)
def test_a_point_is_due_once_it_is_reached(
    step: int, last: bool, finalizing: bool, points: tuple[str, ...]
) -> None:
    assert points_due(step=step, last=last, finalizing=finalizing) == points


@pytest.mark.parametrize(
    ("age", "delay", "pause"),
    [(0, 0, 10), (0, 30, 30), (400, 0, 40), (400, 5, 40), (1000, 0, 100), (1000, 120, 120)],
)
def test_a_hook_is_asked_again_after_its_delay_and_more_seldom_as_it_ages(
    age: float, delay: float, pause: float
) -> None:
    due = next_call(
        now=1000 + age, started=1000, delay=delay, timeout_seconds=9000, stratum_seconds=60
    )
    assert due - (1000 + age) == pause


def test_its_last_call_is_at_the_end_of_its_time() -> None:
    assert next_call(now=50, started=0, delay=600, timeout_seconds=60, stratum_seconds=60) == 60


@pytest.mark.parametrize(
    ("now", "due", "stratum", "wait"),
    [(0, 600, 60, 10), (1000, 1600, 60, 60), (0, 2.2, 60, 3), (5, 0, 60, 1), (0, 9000, None, 300)],
    ids=["young", "older", "soon", "now", "no traffic"],
)
def test_green_is_watched_while_a_hook_is_waited_for(
    now: float, due: float, stratum: int | None, wait: int
) -> None:
    assert wait_seconds(now=now, due=due, started=0, stratum_seconds=stratum) == wait


@given(st.integers(1, 86_400), st.sampled_from([1, 5, 60]), st.floats(0, 1000))
def test_no_hook_before_the_shift_costs_more_events_than_are_planned_for_it(
    timeout: int, stratum: int, delay: float
) -> None:
    at, walked = 0.0, 0
    due = 0.0
    while True:
        walked += 9
        if at >= due:
            if at >= timeout:
                break
            due = next_call(
                now=at, started=0, delay=delay, timeout_seconds=timeout, stratum_seconds=stratum
            )
        at += wait_seconds(now=at, due=due, started=0, stratum_seconds=None)
    hooks = {"beforeShift": Hook("h", timeout)}
    planned = events_of_hooks(hooks, parse_shift_plan("all-at-once"), stratum)
    assert walked <= planned


def test_hooks_of_the_usual_time_fit_beside_the_usual_plans() -> None:
    everywhere = {point: Hook("h", 1800) for point in POINTS}
    for text, hooks in {
        "linear(10, 10)": {"afterStep": Hook("h", 1800)},
        "steps(10@5, 50@5, 100@10)": everywhere,
        "all-at-once": everywhere,
    }.items():
        plan = parse_shift_plan(text)
        events = history_events(plan, 60, database=False, hooks=events_of_hooks(hooks, plan, 60))
        assert events < HISTORY_EVENTS_LIMIT, text
    endless = {"afterStep": Hook("h", 86_400)}
    assert events_of_hooks(endless, parse_shift_plan("linear(10, 10)"), 60) > HISTORY_EVENTS_LIMIT


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        ({"hookStatus": "SUCCEEDED"}, HookAnswer("SUCCEEDED")),
        ({"hookStatus": "FAILED", "reason": "no"}, HookAnswer("FAILED", reason="no")),
        ({"hookStatus": "IN_PROGRESS"}, HookAnswer("IN_PROGRESS", 30)),
        (
            {"hookStatus": "IN_PROGRESS", "callBackDelay": 60, "hookDetails": {"a": 1}},
            HookAnswer("IN_PROGRESS", 60, {"a": 1}),
        ),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": 0.5, "hookDetails": None}, HookAnswer("IN_PROGRESS", 0.5)),
    ],
)  # fmt: skip
def test_an_answer_is_that_of_an_ecs_hook(payload: Any, answer: HookAnswer) -> None:
    assert read_answer(payload) == answer


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (None, "answered null, which has no hookStatus of SUCCEEDED or FAILED or IN_PROGRESS"),
        ({}, "answered {}, which has no hookStatus"),
        ({"hookStatus": "Succeeded"}, "which has no hookStatus"),
        ({"hookStatus": ["SUCCEEDED"]}, "which has no hookStatus"),
        ("x" * 9000, "…, which has no hookStatus"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": "60"}, 'a callBackDelay of "60"'),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": True}, "a callBackDelay of true"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": -1}, "is not from 0 to 86400"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": float("nan")}, "no number of seconds"),
        ({"hookStatus": "IN_PROGRESS", "hookDetails": [1]}, "hookDetails of [1], which is no object"),
        ({"hookStatus": "IN_PROGRESS", "hookDetails": {"a": "x" * 40_000}}, "more than 32,768"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_in_few_words(payload: Any, told: str) -> None:
    found = read_answer(payload)
    assert isinstance(found, str)
    assert told in found
    assert len(found) < 500


def record(**changes: Any) -> Record:
    function = RecordedFunction(name="orders-api", kind="entry", blue="4", weighted=True)
    return Record(
        deployment="d", service="orders", release="1.1.0", digest="sha256:aa", action="deploy",
        source="s3", execution="arn:aws-cn:states:cn-north-1:123456789012:execution:m:x",
        started_at="2026-11-23T10:15:02.123Z", alias="live",
        functions={"api": function, "mail": function}, bundle=None,
        shift_plan="steps(100@10)", min_minutes=None, bake=BakeSettings(),
        rollback_window_hours=24, registration_version=1, registration_hash="h", note="",
        probes=(), former=None, contracts=(), **changes,
    )  # fmt: skip


def test_a_hook_is_told_of_blue_and_green_by_their_arns() -> None:
    payload = hook_payload(
        record(), {"api": "5", "mail": "unchanged"}, point="afterStep", attempt=2,
        details={"run": 7}, step=1, weight=10,
    )  # fmt: skip
    assert (payload["phase"], payload["attempt"], payload["hookDetails"]) == (
        "afterStep", 2, {"run": 7},
    )  # fmt: skip
    assert (payload["digest"], payload["step"], payload["weight"]) == ("sha256:aa", 1, 10)
    assert payload["functions"]["api"] == {
        "kind": "entry",
        "changed": True,
        "alias": f"{FUNCTION}orders-api:live",
        "blue": f"{FUNCTION}orders-api:4",
        "green": f"{FUNCTION}orders-api:5",
    }
    assert payload["functions"]["mail"]["green"] == payload["functions"]["mail"]["blue"]
    assert not payload["functions"]["mail"]["changed"]


def test_hooks_and_their_runs_come_back_from_json_as_they_were() -> None:
    whole = record(hooks={"afterStep": Hook("h", 5)})
    assert decode(Record, encode(whole)) == whole
    run = HookRun("IN_PROGRESS", 2, 1.5, 3.5, {"a": [1]})
    assert decode(HookRun, encode(run)) == run


def test_a_record_that_was_written_before_there_were_hooks_has_none() -> None:
    older = {key: value for key, value in encode(record()).items() if key != "hooks"}
    assert decode(Record, older).hooks == {}
