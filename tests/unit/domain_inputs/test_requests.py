"""Requests: typed, from S3, from a schedule; and what no execution should be started with."""

from typing import Any

import pytest

from handlers.domain.request.request import Request, read_request

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:greenshift-orders:orders-1"
QUEUED = f"2026-11-23T10:15:02.123Z#sha256:{'ab' * 32}"
DETAIL: dict[str, Any] = {
    "version": "0",
    "bucket": {"name": "artifacts"},
    "object": {
        "key": "releases/orders/1.1.0.zip",
        "size": 51283,
        "etag": "0f",
        "version-id": "3sL4",
        "sequencer": "0055AED6DCD90281E5",
    },
    "request-id": "D82B",
    "requester": "123456789012",
    "source-ip-address": "192.0.2.1",
    "reason": "PutObject",
}


def _with_object(**changes: object) -> dict[str, Any]:
    return DETAIL | {"object": {**DETAIL["object"], **changes}}


@pytest.mark.parametrize(
    ("document", "request_"),
    [
        ({"release": "1.4.2"}, Request(release="1.4.2")),
        ({"release": "latest"}, Request(release="latest")),
        ({"action": "deploy", "release": "1.4.2", "service": "orders"}, Request(release="1.4.2")),
        ({"release": "1.4.2", "dryRun": True}, Request(release="1.4.2", dry_run=True)),
        ({"release": "1.4.2", "dryRun": False}, Request(release="1.4.2")),
        (
            {"release": "1.4.2", "dryRun": True, "candidate": "3sL4"},
            Request(release="1.4.2", dry_run=True, candidate="3sL4"),
        ),
        ({"release": "1.4.2", "queued": QUEUED}, Request(release="1.4.2", queued=QUEUED)),
        ({"release": "1.4.2", "withdraw": True}, Request(release="1.4.2", withdraw=True)),
        (
            {"release": "1.4.2", "shiftPlan": "canary(10,5)", "hotfix": "the till is down"},
            Request(release="1.4.2", shift_plan="steps(10@5, 100@5)", hotfix="the till is down"),
        ),
        ({"release": "latest", "by": "schedule"}, Request(release="latest", source="schedule")),
        ({"action": "rollback"}, Request(action="rollback")),
        ({"action": "rollback", "to": "1.4.2"}, Request(action="rollback", to="1.4.2")),
        ({"action": "repair"}, Request(action="repair")),
        ({"action": "contract"}, Request(action="contract")),
        (
            {"action": "contract", "release": "1.4.2", "by": "schedule"},
            Request(action="contract", release="1.4.2", source="schedule"),
        ),
        (
            {"action": "recover", "execution": EXECUTION},
            Request(action="recover", execution=EXECUTION),
        ),
        (
            DETAIL,
            Request(
                source="s3",
                release="1.1.0",
                bucket="artifacts",
                key="releases/orders/1.1.0.zip",
                object_version="3sL4",
            ),
        ),
        (
            {"bucket": {"name": "b"}, "object": {"key": "releases/orders/1.1.0.zip"}},
            Request(source="s3", release="1.1.0", bucket="b", key="releases/orders/1.1.0.zip"),
        ),
    ],
)
def test_a_good_input_is_a_request(document: object, request_: Request) -> None:
    assert read_request(document, "orders") == (request_, [])


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, [("NotARequest", "input")]),
        ("1.4.2", [("NotARequest", "input")]),
        ([], [("NotARequest", "input")]),
        ({}, [("NotARequest", "input")]),
        ({"releas": "1.4.2"}, [("UnknownKey", "input releas"), ("MissingKey", "input release")]),
        ({"release": 1.4}, [("WrongType", "input release")]),
        ({"release": None}, [("WrongType", "input release")]),
        ({"release": "newest"}, [("BadVersion", "input release")]),
        ({"release": "1.4.2", "dryRun": "yes"}, [("WrongType", "input dryRun")]),
        ({"release": "1.4.2", "shiftPlan": "slowly"}, [("BadShiftPlan", "input shiftPlan")]),
        ({"release": "1.4.2", "hotfix": ""}, [("BadValue", "input hotfix")]),
        ({"release": "1.4.2", "hotfix": True}, [("WrongType", "input hotfix")]),
        ({"release": "1.4.2", "by": "cron"}, [("BadValue", "input by")]),
        ({"release": "1.4.2", "service": "carts"}, [("ServiceDisagrees", "input service")]),
        ({"release": "1.4.2", "approval": "me"}, [("NotSupportedYet", "input approval")]),
        ({"release": "1.4.2", "execution": EXECUTION}, [("KeyNotForAction", "input execution")]),
        ({"action": "contract", "release": "latest"}, [("BadVersion", "input release")]),
        ({"action": "contract", "dryRun": True}, [("KeyNotForAction", "input dryRun")]),
        ({"action": "drill", "release": "1.4.2"}, [("NotSupportedYet", "input action")]),
        ({"action": "roll-back"}, [("BadValue", "input action")]),
        ({"action": 7}, [("WrongType", "input action")]),
        ({"action": "rollback", "release": "1.4.1"}, [("KeyNotForAction", "input release")]),
        ({"action": "rollback", "dryRun": True}, [("KeyNotForAction", "input dryRun")]),
        ({"action": "rollback", "service": "carts"}, [("ServiceDisagrees", "input service")]),
        ({"action": "repair", "dryRun": True}, [("KeyNotForAction", "input dryRun")]),
        ({"release": "1.4.2", "candidate": "3sL4"}, [("Conflict", "input candidate")]),
        (
            {"release": "1.4.2", "candidate": "3sL4", "dryRun": False},
            [("Conflict", "input candidate")],
        ),
        (
            {"release": "latest", "candidate": "3sL4", "dryRun": True},
            [("Conflict", "input candidate")],
        ),
        ({"release": "1.4.2", "queued": "1.4.2"}, [("BadValue", "input queued")]),
        ({"release": "latest", "queued": QUEUED}, [("Conflict", "input queued")]),
        ({"release": "1.4.2", "queued": QUEUED, "by": "console"}, [("Conflict", "input queued")]),
        ({"release": "1.4.2", "queued": QUEUED, "withdraw": True}, [("Conflict", "input queued")]),
        ({"release": "1.4.2", "withdraw": 1}, [("WrongType", "input withdraw")]),
        ({"release": "latest", "withdraw": True}, [("Conflict", "input withdraw")]),
        ({"action": "rollback", "withdraw": True}, [("KeyNotForAction", "input withdraw")]),
        ({"action": "recover"}, [("MissingKey", "input execution")]),
        ({"action": "recover", "execution": "orders-1"}, [("BadValue", "input execution")]),
        (DETAIL | {"release": "1.4.2"}, [("AmbiguousRequest", "input")]),
        ({"bucket": {"name": "b"}}, [("MissingKey", "input object")]),
        ({"bucket": "b", "object": {"key": "k"}}, [("WrongType", "input bucket")]),
        (
            {"bucket": {}, "object": {}},
            [("MissingKey", "input bucket.name"), ("MissingKey", "input object.key")],
        ),
        (_with_object(key="releases/carts/1.1.0.zip"), [("KeyDisagrees", "input object.key")]),
        (_with_object(key="releases/orders/1.1.zip"), [("KeyDisagrees", "input object.key")]),
        (_with_object(key='releases/orders/"1.1.0".zip'), [("KeyDisagrees", "input object.key")]),
        (_with_object(key="staging/1.1.0.zip"), [("KeyDisagrees", "input object.key")]),
        (_with_object(**{"version-id": 7}), [("WrongType", "input object.version-id")]),
    ],
)
def test_a_malformed_input_names_what_is_wrong(
    document: object, expected: list[tuple[str, str]]
) -> None:
    request, findings = read_request(document, "orders")
    assert request is None
    assert [(finding.code, finding.where) for finding in findings] == expected


def test_what_is_refused_for_now_says_so() -> None:
    _, (finding,) = read_request({"action": "drill"}, "orders")
    assert finding.what == "the action drill is not supported yet"
    assert finding.do == (
        "write one of deploy, rollback, repair, recover, contract, approve, reject, promote"
    )


def test_findings_about_a_long_input_stay_short() -> None:
    document = {"release": "9" * 100_000, **{f"k{n}" * 100: n for n in range(1000)}}
    _, findings = read_request(document, "orders")
    assert sum(len(str(finding)) for finding in findings) < 20_000
