"""Whether what green answered is what a check expects."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from handlers.domain.probe.json_schema import schema_failures
from handlers.domain.release.checks import Expectation

_SHOWN = 120


def unmet(
    expect: Expectation,
    *,
    status: int | None,
    headers: Mapping[str, str],
    body: Any,
    milliseconds: float,
    schema: object = None,
) -> list[str]:
    """Every expectation that the answer does not meet, each in a few words; empty
    when all is well. `schema` is what the file that `expect.schema` names holds.
    """
    found = list(_unmet(expect, status, headers, body, milliseconds))
    return found if schema is None else [*found, *schema_failures(schema, body)]


def _unmet(
    expect: Expectation,
    status: int | None,
    headers: Mapping[str, str],
    body: Any,
    milliseconds: float,
) -> Iterator[str]:
    if expect.status is not None and status != expect.status:
        yield f"status {status} instead of {expect.status}"
    for name, value in expect.headers.items():
        found = headers.get(name.lower())
        if found != value:
            yield f"header {name} is {found!r} instead of {value!r}"
    if expect.json is not None:
        yield from _missing(expect.json, body, "$")
    if expect.max_ms is not None and milliseconds > expect.max_ms:
        yield f"it took {milliseconds:.0f} ms, more than {expect.max_ms:.0f}"


def _missing(wanted: Any, found: Any, path: str) -> Iterator[str]:
    """Objects match as subsets; lists and plain values match whole."""
    if isinstance(wanted, Mapping):
        if not isinstance(found, Mapping):
            yield f"{path} is {_show(found)} instead of an object"
            return
        for key, value in wanted.items():
            if key not in found:
                yield f"{path}.{key} is missing"
            else:
                yield from _missing(value, found[key], f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (each, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _missing(each, other, f"{path}[{index}]")
    elif wanted != found or isinstance(wanted, bool) is not isinstance(found, bool):
        yield f"{path} is {_show(found)} instead of {_show(wanted)}"


def _show(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
