"""Recorded requests: JSON lines, each a request or an event as a function once got it. Nothing is
read that may change something when it is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers.domain.findings import Finding
from handlers.domain.probe.probe_event import http_event
from handlers.domain.reading.inspection import Inspection
from handlers.domain.reading.parsing import load_json
from handlers.domain.reading.places import Places, show
from handlers.domain.reading.section import Section
from handlers.domain.release.check_calls import read_http
from handlers.domain.release.check_forms import METHODS, SAFE, HttpForm
from handlers.domain.release.compare_section import Comparing

MOST_REQUESTS = 200
LARGEST_RECORDING = 6 * 1024**2
"""Bytes; one event may be as large as Lambda takes it."""
_REQUEST_KEYS = ("method", "path", "query", "headers", "json", "body")
_KEYS = (*_REQUEST_KEYS, "event")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded request: its line in the file, the event that it is sent as, and whose HTTP
    event that is, None when it is no HTTP request.
    """

    line: int
    event: Mapping[str, Any]
    form: HttpForm | None


def read_recording(text: str, comparing: Comparing) -> tuple[tuple[Recorded, ...], list[Finding]]:
    """The requests in the text of a comparison's file, and all findings with their lines."""
    path, found, findings = comparing.requests, list[Recorded](), list[Finding]()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        value, wrong = load_json(line, place)
        inspection = Inspection(Places(place))
        recorded = None if wrong else _read(inspection, value, comparing, number)
        findings += [replace(each, where=place) for each in wrong]
        findings += inspection.findings
        if recorded is not None:
            found.append(recorded)
            if len(found) > MOST_REQUESTS:
                what = f"the file has more than {MOST_REQUESTS} requests"
                do = "keep those that tell the most of the service"
                return (), [*findings, Finding("BadRecording", place, what, do)]
    if not found and not findings:
        do = "record requests into it, one a line"
        findings.append(Finding("BadRecording", path, "the file has no request", do))
    return tuple(found), findings


def _read(
    inspection: Inspection, value: object, comparing: Comparing, number: int
) -> Recorded | None:
    if not isinstance(value, Mapping):
        what = f"the line is {show(value)}"
        inspection.report("WrongType", (), what, "write a JSON object: a request, or an event")
        return None
    if "event" not in value:
        return _read_request(inspection, value, comparing, number)
    section = Section(inspection, (), value, keys=("event",))
    event = section.table("event")
    if event is None:
        return None
    form = form_of(event)
    if form is None:
        if "events" not in comparing.safe:
            what = "it is an event of which nobody said that it changes nothing"
            inspection.report("UnsafeRequest", (), what, _declare("events"))
    else:
        _judge_method(inspection, method_of(event), comparing)
    return Recorded(number, event, form)


def _read_request(
    inspection: Inspection, value: Mapping[str, object], comparing: Comparing, number: int
) -> Recorded | None:
    section = Section(inspection, (), value, keys=_KEYS)
    request = replace(read_http(section), form=comparing.form)
    if inspection.findings:
        return None
    _judge_method(inspection, request.method, comparing)
    return Recorded(number, http_event(request, comparing.name), comparing.form)


def _judge_method(inspection: Inspection, method: str, comparing: Comparing) -> None:
    if method in SAFE or (method == "POST" and "POST" in comparing.safe):
        return
    what = f"it is a {method}, which may change something each time that it is sent"
    do = _declare("POST") if method == "POST" else "leave it out"
    inspection.report("UnsafeRequest", (), what, do)


def _declare(kind: str) -> str:
    return f'leave it out, or write safe = ["{kind}"] if none in the file changes anything'


def form_of(event: Mapping[str, Any]) -> HttpForm | None:
    """Whose HTTP event it is, None when it is none. A function URL's reads as an HTTP API's."""
    context = event.get("requestContext")
    context = context if isinstance(context, Mapping) else {}
    if isinstance(context.get("http"), Mapping):
        return "apiGatewayV2"
    if not isinstance(event.get("httpMethod"), str):
        return None
    return "alb" if "elb" in context else "apiGatewayV1"


def method_of(event: Mapping[str, Any]) -> str:
    """The method of an HTTP event; `UNKNOWN` where it tells none that HTTP has."""
    if form_of(event) == "apiGatewayV2":
        found = event["requestContext"]["http"].get("method")
    else:
        found = event.get("httpMethod")
    return found if found in METHODS else "UNKNOWN"
