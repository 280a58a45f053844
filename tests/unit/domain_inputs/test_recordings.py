"""Recorded requests in a bundle: each is read with its line, and none that may change something."""

import json
import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.bundle.bundle import read_bundle
from handlers.domain.compare.recording import MOST_REQUESTS, form_of, read_recording
from handlers.domain.probe.message_event import message_event
from handlers.domain.probe.probe_event import http_event
from handlers.domain.registration.cross_check import cross_check
from handlers.domain.registration.registration import Registration
from handlers.domain.release.check_calls import HttpRequest, Message
from handlers.domain.release.compare_section import Comparing
from handlers.domain.release.release import read_release
from infra.cli.packing import pack_folder

Zipped = Callable[[Mapping[str, bytes]], zipfile.ZipFile]
COMPARING = Comparing(name="orders", function="api", requests="compare/orders.jsonl")
GET = {
    "method": "GET",
    "path": "/orders/1",
    "query": {"a": "b"},
    "headers": {"accept": "text/html"},
}
SQS = message_event(Message(form="sqs", body="{}"), "m", "2026-11-23T10:00:00Z")
TABLE = """[[compare]]
name = "orders"
function = "api"
requests = "compare/orders.jsonl"
"""


def event(method: str, form: Any = "apiGatewayV2") -> dict[str, Any]:
    return {"event": http_event(HttpRequest(method=method, path="/orders", form=form), "c")}


def read(*lines: object, **table: Any) -> tuple[Any, list[tuple[str, str]]]:
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    found, findings = read_recording(text, replace(COMPARING, **table))
    return found, [(finding.code, finding.where) for finding in findings]


def test_a_request_becomes_the_event_of_its_way_in_and_is_marked() -> None:
    for form in ("apiGatewayV2", "apiGatewayV1", "alb"):
        (found,), findings = read(GET, form=form)
        assert findings == []
        assert (found.line, found.form, form_of(found.event)) == (1, form, form)
        assert found.event["headers"]["x-greenshift-synthetic"] == "orders"


def test_an_event_is_sent_as_it_was_recorded() -> None:
    (found,), findings = read(event("GET", "apiGatewayV1"))
    assert (findings, found.form) == ([], "apiGatewayV1")
    assert found.event == event("GET", "apiGatewayV1")["event"]


def test_blank_lines_and_windows_ends_of_lines_do_not_count() -> None:
    options = json.dumps({**GET, "method": "OPTIONS", "query": {"q": "\u2028"}}, ensure_ascii=False)
    found, findings = read(json.dumps(GET) + "\r", "", options, " ")
    assert findings == []
    assert [each.line for each in found] == [1, 3]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("form", ["request", "apiGatewayV2", "apiGatewayV1", "alb"])
def test_what_may_change_something_is_refused_with_its_line(method: str, form: str) -> None:
    line = {**GET, "method": method} if form == "request" else event(method, form)
    assert read(GET, line)[1] == [("UnsafeRequest", "compare/orders.jsonl:2")]
    declared = read(GET, line, safe=("POST", "events"))[1]
    assert declared == ([] if method == "POST" else [("UnsafeRequest", "compare/orders.jsonl:2")])


def test_an_event_that_is_no_request_is_refused_until_somebody_says_that_it_changes_nothing() -> (
    None
):
    assert read({"event": SQS})[1] == [("UnsafeRequest", "compare/orders.jsonl:1")]
    (found,), findings = read({"event": SQS}, safe=("events",))
    assert (found.form, findings) == (None, [])


@pytest.mark.parametrize(
    "line",
    [
        {"event": {"httpMethod": "CONNECT", "requestContext": {}}},
        {"event": {"requestContext": {"http": {}}}},
        {"event": {"requestContext": {"http": {"method": ["GET"]}}, "httpMethod": "GET"}},
    ],
)
def test_a_method_that_http_does_not_have_is_not_taken_for_safe(line: Any) -> None:
    assert read(line)[1] == [("UnsafeRequest", "compare/orders.jsonl:1")]


@pytest.mark.parametrize(
    ("line", "code", "where"),
    [
        ("{'method': 'GET'}", "NotJson", ""),
        ('{"method": "GET", "method": "POST", "path": "/"}', "NotJson", ""),
        ("[1]", "WrongType", ""),
        ('"GET /"', "WrongType", ""),
        ({"method": "GET"}, "MissingKey", " path"),
        ({**GET, "method": "get"}, "BadValue", " method"),
        ({**GET, "path": "/orders?a=b"}, "BadValue", " path"),
        ({**GET, "url": "/"}, "UnknownKey", " url"),
        ({**GET, "headers": {"a": 1}}, "WrongType", " headers.a"),
        ({**GET, "event": {}}, "UnknownKey", " method"),
        ({"event": "text"}, "WrongType", " event"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_file_and_number(
    line: object, code: str, where: str
) -> None:
    findings = read(GET, "", line)[1]
    assert findings[0] == (code, f"compare/orders.jsonl:3{where}")


def test_a_file_without_a_request_and_one_with_too_many_are_refused() -> None:
    assert read("", " ")[1] == [("BadRecording", "compare/orders.jsonl")]
    assert read(*[GET] * MOST_REQUESTS)[1] == []
    place = f"compare/orders.jsonl:{MOST_REQUESTS + 1}"
    assert read(*[GET] * (MOST_REQUESTS + 2))[1] == [("BadRecording", place)]


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (None, "MissingEntry", "release.toml:26 compare[0].requests"),
        (b"\xff", "NotUtf8", "compare/orders.jsonl:1"),
        (b"\n" + json.dumps({**GET, "method": "DELETE"}).encode(), "UnsafeRequest", "compare/orders.jsonl:2"),
        (random.Random(1).randbytes(6 * 1024**2 + 1), "EntryTooLarge", "compare/orders.jsonl"),
    ],
)  # fmt: skip
def test_a_bundle_with_a_recording_that_will_not_do_is_refused(
    orders_files: dict[str, bytes], zipped: Zipped, content: bytes | None, code: str, where: str
) -> None:
    toml = orders_files["release.toml"].replace(b"\n[shift]", f"\n{TABLE}[shift]".encode(), 1)
    files = orders_files | {"release.toml": toml}
    if content is not None:
        files["compare/orders.jsonl"] = content
    bundle, findings = read_bundle(zipped(files))
    assert bundle is None
    assert [(finding.code, finding.where) for finding in findings] == [(code, where)]


def test_a_folder_is_packed_with_its_recordings(
    orders_files: dict[str, bytes], tmp_path: Path
) -> None:
    toml = orders_files["release.toml"].replace(b"\n[shift]", f"\n{TABLE}[shift]".encode(), 1)
    recording = json.dumps(GET).encode()
    for name, content in (
        orders_files | {"release.toml": toml, "compare/orders.jsonl": recording}
    ).items():
        path = tmp_path / "release" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    packed, findings = pack_folder(tmp_path / "release", tmp_path / "bundle.zip")
    assert packed is not None, findings
    assert packed.left_out == ()
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        assert archive.read("compare/orders.jsonl") == recording


def test_a_comparison_asks_a_function_that_is_registered(
    orders_toml: str, register: Callable[..., Registration]
) -> None:
    text = orders_toml.replace("\n[shift]", f"\n{TABLE.replace('api', 'mailer')}[shift]", 1)
    release, findings = read_release(text)
    assert release is not None, findings
    (finding,) = cross_check(release, register())
    assert (finding.code, finding.where.split(" ")[1]) == (
        "CheckTargetMissing",
        "compare[0].function",
    )
