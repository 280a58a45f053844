"""Which change of the ledger is an event, and which is nothing new."""

import json
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ledger_items import (
    AT,
    DEPLOYMENT,
    EXECUTION,
    LATER,
    RECORD,
    ended,
    left_the_queue,
    meta,
    phase,
    record,
    verdict,
)

from handlers.adapters.ledger.changes import read_change
from handlers.adapters.ledger.journal import PHASES
from handlers.domain.events.event import MOST_EVENT, MOST_REASON, SOURCE, Event
from handlers.domain.events.telling import event_of
from handlers.domain.hotfix import Hotfix
from handlers.domain.messages import Bake, Outcome
from handlers.domain.record import Record

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "statemachine/schemas/event.schema.json").read_text())
NEEDS = "NeedsAttention"
LEFT = {
    "deployment": DEPLOYMENT,
    "service": "orders",
    "release": "1.1.0",
    "outcome": "Rejected",
    "reason": "superseded by 1.2.0 before its turn",
    "supersededBy": "1.2.0",
    "endedAt": LATER,
}


def told(new: Any, old: Any = None, about: Any = RECORD) -> Event | None:
    change = read_change(record(new, old))
    return None if change is None else event_of(change, change.item if change.is_record else about)


def assert_published(event: Event) -> None:
    document = {
        "source": SOURCE,
        "detail-type": event.detail_type,
        "detail": json.loads(event.text),
    }
    Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (phase("VerifyGreen"), None, "VerifyGreen/started"),
        (phase("VerifyGreen", over=True), phase("VerifyGreen"), "VerifyGreen/ended"),
        (phase("Plan", over=True), None, "Plan/ended"),
        (phase("RollBack", over=True), None, "RollBack/ended"),
        (phase("ShiftTraffic"), None, "ShiftTraffic/started"),
        (
            phase("ShiftTraffic", over=True, step=1, weight=10),
            phase("ShiftTraffic"),
            "ShiftTraffic/1/ended",
        ),
        (
            phase("ShiftTraffic", over=True, step=2, weight=50),
            phase("ShiftTraffic", over=True, step=1, weight=10),
            "ShiftTraffic/2/ended",
        ),
        (verdict("wait"), None, f"Bake/1/wait/{AT}"),
        (verdict("pass", at=LATER), verdict("wait"), f"Bake/1/pass/{LATER}"),
        (meta(), None, "started"),
        (ended("Rejected"), None, f"Rejected/{LATER}"),
        (ended("NothingToDo", withdraw=True), None, f"NothingToDo/{LATER}"),
        (ended("Released"), meta(), f"Released/{LATER}"),
        (ended(NEEDS), meta(attention=[]), f"{NEEDS}/{LATER}"),
        (ended(NEEDS, "still not whole"), ended(NEEDS), f"{NEEDS}/{LATER}"),
        (ended("RolledBack"), ended(NEEDS), f"RolledBack/{LATER}"),
        (left_the_queue(answer=LEFT), None, f"Rejected/{LATER}"),
        (left_the_queue(execution="arn:turn", answer=LEFT), None, f"Rejected/{LATER}"),
    ],
)
def test_what_became_another_is_told(new: Any, old: Any, said: str) -> None:
    event = told(new, old)
    assert event is not None
    assert event.detail["id"] == f"{DEPLOYMENT}/{said}"
    assert event.execution == EXECUTION
    assert_published(event)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (None, phase("Plan")),
        (phase("VerifyGreen", over=True), phase("VerifyGreen", over=True, passed=2)),
        (
            phase("ShiftTraffic", over=True, step=1, weight=10),
            phase("ShiftTraffic", over=True, step=1, weight=10, skewMs=3),
        ),
        (phase("Bake"), phase("Bake")),
        (verdict("wait", at=LATER), verdict("wait")),
        (meta(attention=[{"what": "throttled"}]), meta()),
        (ended(NEEDS, attention=[{}, {}]), ended(NEEDS)),
        (ended("Rejected") | {"endedAt": AT}, ended("Rejected")),
        (ended("NothingToDo", action="approve"), None),
        (ended("NothingToDo", action="reject"), None),
        (ended("Rejected", action="promote"), None),
        (ended("NothingToDo", dryRun=True), None),
        (ended("Rejected", dryRun=True), None),
        (ended("Rejected", withdraw=True), None),
        ({"sk": "FLIP#000001", "at": 1}, None),
        ({"sk": "SIGNAL#stop"}, None),
        ({"sk": "META", "pk": "EXEC#arn"}, None),
        ({"sk": "LIVE", "pk": "SERVICE#orders"}, None),
        (left_the_queue(execution="arn:turn"), None),
        (left_the_queue(answer=LEFT), left_the_queue(answer=LEFT)),
    ],
)
def test_what_is_written_again_or_is_no_deployment_is_not(new: Any, old: Any) -> None:
    assert told(new, old) is None


@pytest.mark.parametrize("about", [RECORD, {}])
def test_who_leaves_the_queue_without_a_turn_ends_as_the_deployment_that_waited(about: Any) -> None:
    event = told(left_the_queue(answer=LEFT), about=about)
    assert event is not None
    assert event.detail_type == "Greenshift Deployment State Change"
    said = {
        "deployment": DEPLOYMENT,
        "service": "orders",
        "release": "1.1.0",
        "state": "ended",
        "outcome": "Rejected",
        "reason": "superseded by 1.2.0 before its turn",
        "supersededBy": "1.2.0",
        "queued": False,
        "at": LATER,
    }
    assert {name: event.detail[name] for name in said} == said


def test_the_end_of_a_shift_has_its_step_and_weight() -> None:
    event = told(phase("ShiftTraffic", over=True, step=2, weight=50, skewMs=1))
    assert event is not None
    assert event.detail_type == "Greenshift Deployment Phase Change"
    assert event.detail == {
        "schema": 1,
        "id": f"{DEPLOYMENT}/ShiftTraffic/2/ended",
        "deployment": DEPLOYMENT,
        "service": "orders",
        "release": "1.1.0",
        "action": "deploy",
        "hotfix": None,
        "phase": "ShiftTraffic",
        "state": "ended",
        "step": 2,
        "weight": 50,
        "at": LATER,
    }


def test_a_verdict_has_the_counts_of_real_and_of_synthetic_requests() -> None:
    item = verdict("fail")
    event = told(item)
    assert event is not None
    counts = {key: value for key, value in item.items() if key.endswith(("Requests", "Failures"))}
    assert len(counts) == 8
    assert counts.items() <= event.detail.items()


def test_a_verdict_of_before_synthetic_requests_were_kept_has_none() -> None:
    item = {key: value for key, value in verdict("fail").items() if "synthetic" not in key}
    event = told(item)
    assert event is not None
    assert event.detail["syntheticGreenRequests"] == 0
    assert_published(event)


def test_an_end_has_all_that_a_person_who_is_called_wants_to_know() -> None:
    event = told(ended("RolledBack"), meta())
    assert event is not None
    assert event.detail_type == "Greenshift Deployment State Change"
    wanted = {
        "service": "orders",
        "release": "1.1.0",
        "state": "ended",
        "outcome": "RolledBack",
        "reason": "green failed 7 of 9",
        "failedRequests": 7,
        "blue": {"api": "7"},
        "green": {"api": "8"},
        "supersededBy": None,
        "queued": False,
        "at": LATER,
    }
    assert {key: event.detail[key] for key in wanted} == wanted


def test_a_beginning_has_the_plans_note_and_the_blue_that_it_found() -> None:
    event = told(meta())
    assert event is not None
    assert event.detail["reason"] == "green sees enough"
    assert (event.detail["blue"], event.detail["green"]) == ({"api": "7"}, {})
    assert event.detail["outcome"] is None


def test_the_schema_knows_every_word_of_the_ledger() -> None:
    kinds = {
        name: each["properties"] for name, each in SCHEMA["$defs"].items() if "required" in each
    }
    words = get_type_hints(Bake)
    assert kinds["phase"]["phase"]["enum"] == list(PHASES)
    assert kinds["state"]["outcome"]["enum"] == [*get_args(Outcome), None]
    assert set(kinds["verdict"]["verdict"]["enum"]) == set(get_args(words["verdict"]))
    assert set(kinds["verdict"]["next"]["enum"]) == set(get_args(words["next"]))
    assert kinds["told"]["action"]["enum"] == [*get_args(get_type_hints(Record)["action"]), None]


EXAMPLES = [
    ended("RolledBack"),
    phase("ShiftTraffic", over=True, step=2, weight=50),
    verdict("pass", step=2),
]


@pytest.mark.parametrize(("number", "new"), list(enumerate(EXAMPLES)))
def test_the_page_shows_an_event_of_each_kind(number: int, new: Any) -> None:
    page = (ROOT / "docs/events.md").read_text()
    shown = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(shown) == len(EXAMPLES)
    example, event = json.loads(shown[number]), told(new)
    assert event is not None
    Draft202012Validator(SCHEMA).validate(example)
    assert example["detail-type"] == event.detail_type
    assert list(example["detail"]) == list(event.detail)
    assert example["detail"]["id"].split("/")[1:-1] == event.detail["id"].split("/")[1:-1]


@pytest.mark.parametrize(
    ("new", "old"), [(phase("Bake"), None), (verdict("pass"), None), (ended("Released"), meta())]
)
def test_every_event_of_a_hotfix_says_its_reason(new: Any, old: Any) -> None:
    hotfix = {"hotfix": {"reason": "the till is down", "red": ["api"], "alarms": []}}
    event = told(
        new if "phase" in new or "step" in new else {**new, **hotfix}, old, RECORD | hotfix
    )
    assert event is not None
    assert event.detail["hotfix"] == Hotfix(reason="the till is down").reason
    assert_published(event)


def test_what_is_too_long_is_cut_before_eventbridge_refuses_it() -> None:
    versions = {f"function-{number:05}": "8" for number in range(9000)}
    answer = {"outcome": "RolledBack", "reason": "é" * 9000, "blue": versions, "green": versions}
    event = told(meta(outcome="RolledBack", endedAt=LATER, answer=answer), meta())
    assert event is not None
    assert len(event.detail["reason"]) == MOST_REASON
    assert event.detail["blue"] == {}
    assert event.size <= MOST_EVENT
    assert_published(event)


VALUES = st.sampled_from(
    [None, True, 0, -1, 10**9, "", "ShiftTraffic", "Released", "arn:", [], [{}], {}, {"api": 1}]
    + [{"reason": each, "step": each, "blue": {"api": each}} for each in (None, 7, "x", {})]
)
NAMES = sorted({*RECORD, *verdict("wait"), *phase("Plan", over=True), *ended("Released"), "step"})
ITEMS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=9).flatmap(
    lambda item: st.sampled_from(["META", "PHASE#1#Plan", "VERDICT#001", "PHASE#", "OWNER"]).map(
        lambda sort: {**item, "sk": sort}
    )
)


@given(new=ITEMS, old=st.none() | ITEMS, about=ITEMS)
def test_no_item_makes_it_raise(new: Any, old: Any, about: Any) -> None:
    event = told(new, old, about)
    assert event is None or (event.size <= MOST_EVENT and json.loads(event.text))


@given(
    st.dictionaries(st.sampled_from(["NewImage", "OldImage", "SequenceNumber"]), VALUES)
    | VALUES.map(lambda value: {"NewImage": {"pk": value, "sk": {"S": "META"}}})
)
def test_no_record_makes_it_raise(found: Any) -> None:
    assert read_change({"dynamodb": found}) is None
    assert read_change(found) is None


def test_what_a_newer_greenshift_has_written_is_passed_over() -> None:
    assert told(phase("Plan", over=True)) is not None
    assert told({**phase("Plan", over=True), "schema": 2}) is None
