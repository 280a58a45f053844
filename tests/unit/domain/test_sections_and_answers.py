"""Sections to JSON and back, the answer as text, failures as sentences, deployments' names."""

import json
from typing import Any

import pytest

from handlers.domain.answer import MOST_CAUSE, answer, ended
from handlers.domain.codec import decode, encode
from handlers.domain.failure import LONGEST, reason_of
from handlers.domain.findings import Finding
from handlers.domain.messages import (
    BackfillProgress,
    Bake,
    BundleRef,
    Checks,
    Deployment,
    Ended,
    FunctionBlue,
    Green,
    Schema,
    Traffic,
)
from handlers.domain.record import Record, RecordedFunction, deployment_id
from handlers.domain.verdict.bake_settings import BakeSettings

REF = BundleRef("bucket", "releases/orders/1.0.0.zip", "v1", "sha256:aa")
SECTIONS: list[Any] = [
    Deployment(
        "d", "orders", "1.0.0", "sha256:aa", 7, 3, {"api": FunctionBlue("entry", "4")}, REF,
        REF, "steps(100@10)", 1, "", "provisionGreen", None,
    ),
    Deployment("d", "orders", "", "", 0, 0, {}, None, None, "", 0, "why", "nothingToDo", {"a": 1}),
    Green({"api": "5", "worker": "unchanged"}, 1, 0, 1.5),
    Schema(("0001_a",), 2, 3, 0.5, "gate: accepted", None, "done", "all applied"),
    Schema((), 2, 0, 0.5, "", BackfillProgress("0002_b", 4, 8, 50, 2, 2, 2.0), "again", "half"),
    Schema((), 2, 0, 0.5, "", BackfillProgress("0002_b", 4, 8, 50, 0, None, 2.0), "again", "on"),
    Checks(1, "up", 12.5, "1 of 1 checks passed"),
    Traffic(1, 3, 10, "2026-11-23T10:15:02.123Z", 2, 17.5),
    Bake("wait", "soon", 1, 0, 2, 0, 0.0, -1.5, "observe", 10),
    Ended("Released", {"outcome": "Released"}, "{}"),
]  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: type(section).__name__)
def test_a_section_comes_back_from_json_as_it_was(section: Any) -> None:
    assert decode(type(section), json.loads(json.dumps(encode(section)))) == section


def test_a_record_comes_back_from_json_as_it_was() -> None:
    record = Record(
        deployment="d", service="orders", release="1.0.0", digest="sha256:aa", action="deploy",
        source="s3", execution="arn", started_at="2026-11-23T10:15:02.123Z", alias="live",
        functions={
            "api": RecordedFunction(name="orders-api", kind="entry", blue="4", weighted=True)
        },
        bundle=REF, shift_plan="steps(100@10)", min_minutes=None, bake=BakeSettings(),
        rollback_window_hours=24, registration_version=1, registration_hash="h", note="",
        probes=({"function": "api", "event": {}},), former=None, contracts=("0002_note",),
    )  # fmt: skip
    assert decode(Record, json.loads(json.dumps(encode(record)))) == record


def test_a_section_may_grow() -> None:
    later = {**encode(Green({}, 0, 0, 1.0)), "warmed": 3}
    assert decode(Green, later) == Green({}, 0, 0, 1.0)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seconds": None}, r"Green\.seconds: expected a number, found None"),
        ({"seconds": True}, r"Green\.seconds: expected a number"),
        ({"published": "1"}, r"Green\.published: expected int"),
        ({"published": True}, r"Green\.published: expected int"),
        ({"versions": []}, r"Green\.versions: expected an object"),
        ({"versions": {"api": 5}}, r"Green\.versions\.api: expected str, found 5"),
    ],
)
def test_a_section_of_another_shape_is_refused_with_the_key(
    changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        decode(Green, {**encode(Green({}, 0, 0, 1.0)), **changes})


def test_a_section_without_a_key_is_refused_with_its_name() -> None:
    with pytest.raises(ValueError, match=r"Green: expected an object with the key found"):
        decode(Green, {"versions": {}, "published": 0, "seconds": 1})


def test_a_word_that_is_none_of_the_words_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of again, done, contracted, found"):
        decode(Schema, {**encode(SECTIONS[3]), "next": "maybe"})


def answered(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "deployment": "orders-1.0.0-20261123T101502Z-7f3a",
        "service": "orders",
        "release": "1.0.0",
        "digest": "sha256:" + "a" * 64,
        "outcome": "Rejected",
        "reason": "because",
        "blue": {"api": "7"},
        "green": {},
        "started_at": "2026-11-23T10:15:02.123Z",
        "ended_at": "2026-11-23T10:15:03.123Z",
    }
    return answer(**{**given, **changes})


FINDINGS = [Finding("UnknownKey", f"release.toml:{n} x", "w" * 200, "d" * 200) for n in range(40)]


@pytest.mark.parametrize(
    ("found", "kept", "dropped"),
    [
        (answered(), "reason", ""),
        (answered(findings=FINDINGS[:2]), "release.toml:1 ", ""),
        (answered(findings=FINDINGS), "release.toml:2 ", "release.toml:3 "),
        (answered(reason="r" * 9000), "r" * 1000, "r" * 1001),
        (answered(findings=FINDINGS, reason="ü" * 9000), "ü" * 1000, "ü" * 1001),
        (answered(blue={f"function-{n}-{'x' * 60}": "1" for n in range(60)}), "because", "x" * 40),
    ],
    ids=["short", "two", "forty findings", "long reason", "both", "sixty functions"],
)
def test_the_cause_is_the_answer_cut_to_what_a_fail_state_keeps(
    found: dict[str, Any], kept: str, dropped: str
) -> None:
    section = ended(found)
    assert section.answer == found
    assert len(section.cause) <= MOST_CAUSE
    told = json.loads(section.cause)
    assert told.keys() == found.keys()
    assert (told["outcome"], told["deployment"]) == (found["outcome"], found["deployment"])
    assert kept in section.cause
    assert not dropped or dropped not in section.cause


def test_an_answer_has_findings_only_when_there_are_any() -> None:
    assert "findings" not in answered()
    assert answered(findings=[Finding("A", "b", "c", "d")])["findings"] == [
        {"code": "A", "where": "b", "what": "c", "do": "d"}
    ]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (None, "otherwise"),
        ({}, "otherwise"),
        (
            {"Error": "ChecksFailed", "Cause": '{"errorMessage": "1 of 2 failed"}'},
            "ChecksFailed: 1 of 2 failed",
        ),
        ({"Error": "States.Timeout"}, "States.Timeout: no cause was given"),
        (
            {"Error": "Lambda.Unknown", "Cause": "the Lambda died"},
            "Lambda.Unknown: the Lambda died",
        ),
        ({"Error": "X", "Cause": "[1, 2]"}, "X: [1, 2]"),
        ({"Cause": '{"errorMessage": "y"}'}, "Failed: y"),
    ],
)
def test_a_failure_is_told_in_the_words_of_what_failed(failure: Any, told: str) -> None:
    assert reason_of(failure, "otherwise") == told


def test_a_failure_is_told_in_a_thousand_characters_at_most() -> None:
    assert len(reason_of({"Error": "X", "Cause": "y" * 40_000}, "")) == LONGEST


def test_a_deployment_has_one_name_however_often_it_is_asked_for() -> None:
    at, execution = "2026-11-23T10:15:02.123Z", "arn:aws:states:eu-west-1:1:execution:m:x"
    name = deployment_id("orders", "1.1.0", at, execution)
    assert name == deployment_id("orders", "1.1.0", "2026-11-23T10:15:02+00:00", execution)
    assert name.startswith("orders-1.1.0-20261123T101502Z-")
    assert name != deployment_id("orders", "1.1.0", at, f"{execution}2")
