"""What the answer to a check must show, and what of it later checks may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.domain.reading.forms import ANSWER_PATH, EVENT_PATH, HEADER, VARIABLE
from handlers.domain.reading.section import Section
from handlers.domain.release.check_calls import read_json

LONGEST_MS = 900_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What an answer must show; None and {} ask for nothing. `json` matches as a subset, `schema`
    is the path of a JSON Schema in the bundle.
    """

    status: int | None = None
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    max_ms: float | None = None
    schema: str | None = None


def read_expectation(check: Section) -> Expectation:
    """The expectation of a check; an HTTP status is asked of HTTP requests, and of them alone."""
    required = check.has("http")
    keys = ("status", "json", "headers", "maxMs", "schema")
    section = check.section("expect", keys, required=required)
    if section is None:
        return Expectation()
    if not required:
        for key in ("status", "headers"):
            if section.has(key):
                what = f"an event's answer has no HTTP {key}"
                section.report("Conflict", key, what, "match the answer with json")
    return Expectation(
        status=section.whole("status", 100, 599, required=required),
        json=read_json(section, "json"),
        headers=section.text_map("headers", HEADER),
        max_ms=section.number("maxMs", above=0, most=LONGEST_MS),
        schema=section.text("schema", EVENT_PATH),
    )


def read_save(check: Section) -> Mapping[str, str]:
    """The `save` of a check: by variable, the place in the answer that it takes its value from."""
    found = check.text_map("save", VARIABLE)
    section = Section(check.inspection, (*check.path, "save"), found, keys=found)
    for name in found:
        section.text(name, ANSWER_PATH)
    return found
