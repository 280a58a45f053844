"""Values that travel from one check to the next: taken from an answer, written into a call."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from handlers.domain.release.check_variables import REFERENCE
from handlers.domain.release.checks import Check, HttpRequest, Message

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]")


def taken(save: Mapping[str, str], body: Any) -> tuple[dict[str, Any], list[str]]:
    """What `save` names in the answer's JSON, and in a few words what of it is not there."""
    found: dict[str, Any] = {}
    missing = []
    for name, path in save.items():
        try:
            found[name] = _at(body, path)
        except LookupError:
            missing.append(f"{path} is missing, which {name} is taken from")
    return found, missing


def filled(check: Check, values: Mapping[str, Any]) -> Check:
    """The check with the values of its variables in place; in a path they are percent-encoded.

    A text that is nothing but one variable becomes its value, a number as a number.
    """
    if not values:
        values = {}
    expect = replace(
        check.expect,
        json=_filled(check.expect.json, values),
        headers=_texts(check.expect.headers, values),
    )
    return replace(
        check,
        http=None if check.http is None else _request(check.http, values),
        message=None if check.message is None else _message(check.message, values),
        expect=expect,
    )


def _request(request: HttpRequest, values: Mapping[str, Any]) -> HttpRequest:
    encoded = {name: quote(_plain(value), safe="") for name, value in values.items()}
    return replace(
        request,
        path=_text(request.path, encoded),
        query=_texts(request.query, values),
        headers=_texts(request.headers, values),
        json=_filled(request.json, values),
        body=None if request.body is None else _text(request.body, values),
    )


def _message(message: Message, values: Mapping[str, Any]) -> Message:
    return replace(
        message,
        json=_filled(message.json, values),
        body=None if message.body is None else _text(message.body, values),
        attributes=_texts(message.attributes, values),
        subject=None if message.subject is None else _text(message.subject, values),
        source=_text(message.source, values),
        detail_type=_text(message.detail_type, values),
        bucket=_text(message.bucket, values),
        key=_text(message.key, values),
    )


def _texts(found: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    return {key: _text(text, values) for key, text in found.items()}


def _filled(value: object, values: Mapping[str, Any]) -> object:
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value)
        if whole and not whole["plain"] and whole["end"]:
            return values[whole["name"]]
        return _text(value, values)
    if isinstance(value, Mapping):
        return {key: _filled(item, values) for key, item in value.items()}
    return [_filled(item, values) for item in value] if isinstance(value, list) else value


def _text(text: str, values: Mapping[str, Any]) -> str:
    def one(found: re.Match[str]) -> str:
        if found["plain"]:
            return found[0].removeprefix("$")
        return _plain(values[found["name"]])

    return REFERENCE.sub(one, text)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _at(value: Any, path: str) -> Any:
    for key, index in _STEP.findall(path):
        if key:
            value = value[key] if isinstance(value, Mapping) else _missing(key)
        else:
            ordered = isinstance(value, Sequence) and not isinstance(value, str)
            value = value[int(index)] if ordered else _missing(index)
    return value


def _missing(key: str) -> Any:
    raise LookupError(key)
