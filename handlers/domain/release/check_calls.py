"""What a check sends: an HTTP request, or a message as an AWS service would deliver it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast, get_args

from handlers.domain.reading.forms import HEADER, HTTP_PATH, NAMED, TEXT
from handlers.domain.reading.inspection import Inspection
from handlers.domain.reading.places import Path, show
from handlers.domain.reading.section import Section
from handlers.domain.release.check_forms import METHODS, HttpForm, HttpVia, MessageForm

_MESSAGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "sqs": ("json", "body", "attributes"),
    "sns": ("json", "body", "attributes", "subject"),
    "eventBridge": ("source", "detailType", "json"),
    "s3": ("bucket", "key"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """An HTTP request of a check, sent as the event that `form` would make of it, or to the
    preview; `via` says which, None what the service has.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    body: str | None = None
    form: HttpForm = "apiGatewayV2"
    via: HttpVia | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a check, as the service `form` delivers it. SQS and SNS carry `json` or
    `body`, EventBridge `json` as its detail; S3 says that `key` was created in `bucket`.
    """

    form: MessageForm
    json: object = None
    body: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    subject: str | None = None
    source: str = ""
    detail_type: str = ""
    bucket: str = ""
    key: str = ""


def read_http(section: Section) -> HttpRequest:
    """The request of a check's `http`."""
    if section.has("json") and section.has("body"):
        section.report("Conflict", "body", "the request has json and body", "write one of them")
    return HttpRequest(
        method=section.word("method", METHODS, required=True) or "",
        path=section.text("path", HTTP_PATH, required=True) or "",
        query=section.text_map("query", TEXT),
        headers=section.text_map("headers", HEADER),
        json=read_json(section, "json"),
        body=section.text("body", TEXT),
        form=cast(HttpForm, section.word("as", get_args(HttpForm)) or "apiGatewayV2"),
        via=cast(HttpVia | None, section.word("via", get_args(HttpVia))),
    )


def read_message(check: Section) -> Message | None:
    """The message of a check's `message`; which keys it may have depends on its service."""
    values = check.table("message")
    if values is None:
        return None
    path, form = (*check.path, "message"), str(values.get("as"))
    keys = _MESSAGE_KEYS.get(form, {key for keys in _MESSAGE_KEYS.values() for key in keys})
    section = Section(check.inspection, path, values, keys=("as", *keys))
    section.word("as", _MESSAGE_KEYS, required=True)
    if form in ("sqs", "sns"):
        section.one_of(("json", "body"), "the message")
    if form == "eventBridge":
        section.table("json", required=True)
    required = form in _MESSAGE_KEYS
    return Message(
        form=cast(MessageForm, form),
        json=read_json(section, "json"),
        body=_text(section, "body", keys),
        attributes=section.text_map("attributes", NAMED) if "attributes" in keys else {},
        subject=_text(section, "subject", keys),
        source=_text(section, "source", keys, required=required) or "",
        detail_type=_text(section, "detailType", keys, required=required) or "",
        bucket=_text(section, "bucket", keys, required=required) or "",
        key=_text(section, "key", keys, required=required) or "",
    )


def read_json(section: Section, key: str) -> object:
    """The value under `key`, of which everything that JSON does not have is reported."""
    value = section.values.get(key)
    _report_what_is_not_json(section.inspection, (*section.path, key), value)
    return value


def _text(
    section: Section, key: str, keys: "tuple[str, ...] | set[str]", *, required: bool = False
) -> str | None:
    """A text, if the message's service knows the key at all."""
    form = TEXT if key == "body" else NAMED
    return section.text(key, form, required=required) if key in keys else None


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
