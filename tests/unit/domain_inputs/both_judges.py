"""Both who judge a document: its published JSON Schema, and the domain."""

import copy
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators

from handlers.domain.registration.registration import read_registration
from handlers.domain.release.release import read_release
from handlers.domain.request.request import read_request

SCHEMAS = Path(__file__).parents[3] / "statemachine" / "schemas"
KINDS = ("release", "registration", "request")
GONE = object()
"""Stands for a key that is left out."""


def without_gone(table: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in table.items() if value is not GONE}


def schema_of(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))
    return found


def _ecma_pattern(
    _: object, pattern: str, instance: object, __: object
) -> Iterator[ValidationError]:
    """In ECMA 262, whose dialect schemas use, `$` is the very end; in Python also before \\n."""
    ecma = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(ecma, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _ecma_pattern}
)


def schema_accepts(kind: str, document: object) -> bool:
    return bool(Validator(schema_of(kind)).is_valid(document))


def domain_accepts(kind: str, document: Any) -> bool:
    if kind == "request":
        return not read_request(document, "orders")[1]
    if kind == "registration":
        return not read_registration(json.dumps(document), "orders")[1]
    text = "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in document.items())
    assert _same(tomllib.loads(text), document)
    return not read_release(text)[1]


def _same(one: object, other: object) -> bool:
    return repr(one) == repr(other)


def _key(key: str) -> str:
    return json.dumps(key)


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


def changed(document: Any, path: str, value: object) -> Any:
    found = copy.deepcopy(document)
    *folders, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    at = found
    for part in folders:
        at = at[part]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return found
