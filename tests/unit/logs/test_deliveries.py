"""What a subscription delivers, well or badly, and how its requests are counted."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from handlers.domain.logs.counting import MOST_KINDS, Counted, Window, count
from handlers.domain.logs.delivery import MOST_BYTES, Line, read_delivery
from handlers.domain.logs.fingerprint import Fingerprint
from handlers.domain.logs.subscribed import Subscribed, unheard

STREAM = "2026/11/25/[7]0123456789abcdef0123456789abcdef"


def event(**changes: Any) -> dict[str, Any]:
    payload = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/orders-api",
        "logStream": STREAM,
        "subscriptionFilters": ["greenshift"],
        "logEvents": [{"id": "1", "timestamp": 1_000_500, "message": "hello"}],
        **changes,
    }
    return packed(gzip.compress(json.dumps(payload).encode()))


def packed(raw: bytes) -> dict[str, Any]:
    return {"awslogs": {"data": base64.b64encode(raw).decode()}}


def test_the_stream_tells_the_version_and_the_group_the_function() -> None:
    found = read_delivery(event())
    assert found is not None
    assert (found.function, found.version) == ("orders-api", "7")
    assert found.lines == (Line(1_000.5, "hello"),)


def test_in_a_shared_group_the_stream_tells_the_function_as_well() -> None:
    stream = "2026/11/25/orders-api[12][0123456789abcdef0123456789abcdef]"
    found = read_delivery(event(logGroup="/orders/all", logStream=stream))
    assert found is not None
    assert (found.function, found.version) == ("orders-api", "12")


def test_the_same_lines_have_the_same_name_and_others_another() -> None:
    lines = [{"id": "2", "timestamp": 1, "message": ""}]
    once, again, other = (read_delivery(e) for e in (event(), event(), event(logEvents=lines)))
    assert once and again and other
    assert once.name == again.name != other.name


CANNOT_BE_READ: dict[str, Any] = {
    "nothing": {},
    "no data": {"awslogs": {}},
    "no base64": {"awslogs": {"data": "é"}},
    "a number": {"awslogs": {"data": 7}},
    "no gzip": packed(b"hello"),
    "half of it": packed(gzip.compress(b"{}" * 1000)[:-9]),
    "no JSON": packed(gzip.compress(b"hello")),
    "a list": packed(gzip.compress(b"[]")),
    "very deep": packed(gzip.compress(b"[" * 1_000_000)),
    "far too much": packed(zlib.compress(b" " * (MOST_BYTES + 1), wbits=31)),
    "a test of the filter": event(messageType="CONTROL_MESSAGE"),
    "a stream of something else": event(logStream="i-0123456789abcdef0"),
    "a group of something else": event(logGroup="/aws/rds/instance"),
    "no lines": event(logEvents=[]),
    "lines without a time": event(logEvents=[{"id": "1", "message": "hello"}]),
    "lines that are none": event(logEvents=["hello"]),
}


@pytest.mark.parametrize("case", CANNOT_BE_READ)
def test_what_cannot_be_read_is_none(case: str) -> None:
    assert read_delivery(CANNOT_BE_READ[case]) is None


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def report(number: int, more: str = "") -> str:
    return f"REPORT RequestId: {uid(number)}\tDuration: 1 ms{more}"


UNCAUGHT = '[ERROR] KeyError: 1\nTraceback (most recent call last):\n  File "a.py", line 1, in f'
ANSWERED = json.dumps({"_aws": {}, "AnsweredFailures": 1})
KEY_ERROR = Fingerprint("KeyError", "f (a.py)")


def counted(*texts: str, at: float = 1_002.0) -> Counted:
    return count([Line(at, text) for text in texts])


def test_a_request_that_began_and_has_not_ended_is_counted_as_begun() -> None:
    begins = [f"START RequestId: {uid(number)} Version: 8" for number in (1, 2, 2)]
    found = counted(*begins, report(1))
    assert found.windows == (Window(1_000, finished=1, started=2),)
    assert not found.speaks_of_failures


def test_each_request_is_counted_once_whatever_is_said_of_it() -> None:
    found = counted(
        report(1),
        UNCAUGHT,
        report(2),
        ANSWERED,
        report(3),
        f"2026 {uid(4)} Task timed out after 3.00 seconds",
        report(4, "\tStatus: timeout"),
        report(5, "\tStatus: error\tError Type: Runtime.ExitError"),
        f"RequestId: {uid(5)} Error: Runtime exited with error: exit status 1",
    )
    assert found.windows == (Window(1_000, finished=5, failed=3, answered=1),)


def test_what_a_delivery_cuts_in_two_adds_up() -> None:
    first, second = counted(report(1), UNCAUGHT), counted(report(2), report(3), ANSWERED)
    assert first.windows == (Window(1_000, finished=1, failed=1),)
    assert second.windows == (Window(1_000, finished=2, answered=1),)


def test_requests_are_counted_in_windows_of_five_seconds() -> None:
    lines = [Line(at, report(n)) for n, at in enumerate((1_000.0, 1_004.9, 1_005.0, 1_020.1))]
    assert [(w.start, w.finished) for w in count(lines).windows] == [
        (1_000, 2), (1_005, 1), (1_020, 1),
    ]  # fmt: skip


def test_an_error_logged_and_raised_again_is_one() -> None:
    logged = f"[ERROR]\tT\t{uid(1)}\tx\n" + UNCAUGHT.partition("\n")[2] + "\nKeyError: 1"
    found = counted(logged, UNCAUGHT, report(1), UNCAUGHT, report(2))
    assert [error for _, error in found.errors] == [KEY_ERROR, KEY_ERROR]


def test_what_went_well_says_nothing_of_failures() -> None:
    assert not counted(report(1), report(2), "hello").speaks_of_failures
    assert counted(report(1), ANSWERED).speaks_of_failures
    assert counted().windows == ()


def test_a_delivery_names_few_kinds_of_error() -> None:
    names = (f"E{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(500))
    found = counted(*(UNCAUGHT.replace("KeyError", name) for name in names))
    assert len({error for _, error in found.errors}) == MOST_KINDS


def test_the_plan_says_what_is_not_heard_and_why() -> None:
    found = unheard(
        {
            "api": Subscribed("/aws/lambda/a", ours=True),
            "full": Subscribed("/aws/lambda/f", ours=False, others=("datadog", "siem")),
            "old": Subscribed("/aws/lambda/o", ours=False),
            "plain": Subscribed("/aws/lambda/p", ours=False, others=("siem",)),
            "quiet": Subscribed("/aws/lambda/q", ours=True, whole=False),
            "secret": Subscribed("/aws/lambda/s", ours=False, unread="AccessDeniedException"),
        }
    )
    assert found == [
        "errors of full are seen by the poll alone, because no subscription slot is free on "
        "/aws/lambda/f: datadog and siem have both",
        "errors of old, plain are seen by the poll alone, because no subscription of Greenshift's is "
        "on the log",
        "errors of quiet are seen by the poll alone, because the system log level leaves out the "
        "reports of requests that went well",
        "errors of secret are seen by the poll alone, because the log's subscriptions could not be "
        "read (AccessDeniedException)",
    ]
