"""The checks of a release: calls of green that must go well before it gets any traffic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.domain.reading.forms import EVENT_PATH, FUNCTION_KEY, HEADER, HTTP_PATH, NAMED, TEXT
from handlers.domain.reading.inspection import Inspection
from handlers.domain.reading.places import Path, show
from handlers.domain.reading.section import Section

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LONGEST_MS = 900_000
MOST_CHECKS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """An HTTP request of a check, sent as an API Gateway v2 event."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What an answer must show; None and {} ask for nothing. `json` matches as a subset."""

    status: int | None = None
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    max_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One call of green that must go well: `http`, or the `event` file in the bundle."""

    name: str
    function: str
    http: HttpRequest | None = None
    event: str | None = None
    expect: Expectation = field(default_factory=Expectation)


def read_checks(document: Section) -> tuple[Check, ...]:
    """The `[[checks]]` of a release; what is wrong with them goes to the inspection."""
    checks: list[Check] = []
    names: set[str] = set()
    for path, item in document.items("checks", "tables", most=MOST_CHECKS):
        if not isinstance(item, Mapping):
            what = f"a check is {show(item)}"
            document.inspection.report("WrongType", path, what, "write it as [[checks]]")
            continue
        keys = ("name", "function", "http", "event", "expect")
        section = Section(document.inspection, path, item, keys=keys)
        check = _read_check(section)
        if check.name and check.name in names:
            what = f"another check is also named {show(check.name)}"
            section.report("Duplicate", "name", what, "give each check a name of its own")
        names.add(check.name)
        checks.append(check)
    return tuple(checks)


def _read_check(section: Section) -> Check:
    section.one_of(("http", "event"), "the check")
    http = section.section("http", ("method", "path", "query", "headers", "json", "body"))
    return Check(
        name=section.text("name", NAMED, required=True) or "",
        function=section.text("function", FUNCTION_KEY, required=True) or "",
        http=_read_http(http) if http else None,
        event=section.text("event", EVENT_PATH),
        expect=_read_expectation(section),
    )


def _read_http(section: Section) -> HttpRequest:
    if section.has("json") and section.has("body"):
        section.report("Conflict", "body", "the request has json and body", "write one of them")
    return HttpRequest(
        method=section.word("method", METHODS, required=True) or "",
        path=section.text("path", HTTP_PATH, required=True) or "",
        query=section.text_map("query", TEXT),
        headers=section.text_map("headers", HEADER),
        json=_json(section, "json"),
        body=section.text("body", TEXT),
    )


def _read_expectation(check: Section) -> Expectation:
    required = check.has("http")
    section = check.section("expect", ("status", "json", "headers", "maxMs"), required=required)
    if section is None:
        return Expectation()
    if check.has("event") and not check.has("http"):
        for key in ("status", "headers"):
            if section.has(key):
                what = f"an event's answer has no HTTP {key}"
                section.report("Conflict", key, what, "match the answer with json")
    return Expectation(
        status=section.whole("status", 100, 599, required=required),
        json=_json(section, "json"),
        headers=section.text_map("headers", HEADER),
        max_ms=section.number("maxMs", above=0, most=LONGEST_MS),
    )


def _json(section: Section, key: str) -> object:
    value = section.values.get(key)
    _report_what_is_not_json(section.inspection, (*section.path, key), value)
    return value


def _report_what_is_not_json(inspection: Inspection, path: Path, value: object) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _report_what_is_not_json(inspection, (*path, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _report_what_is_not_json(inspection, (*path, index), item)
    elif isinstance(value, float) and not math.isfinite(value):
        inspection.report("WrongType", path, f"JSON has no {value}", "write a finite number")
    elif value is not None and not isinstance(value, str | int | float):
        inspection.report("WrongType", path, f"JSON has no {show(value)}", "write it as text")
