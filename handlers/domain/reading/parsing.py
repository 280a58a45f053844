"""From text to values: TOML with the line of every key, and strict JSON."""

import json
import re
import tomllib
from collections.abc import Iterable

from handlers.domain.findings import Finding
from handlers.domain.reading.places import Places, show
from handlers.domain.reading.toml_lines import find_lines

_POSITION = re.compile(r" \(at line (\d+), column (\d+)\)$")


def load_toml(text: str, document: str) -> tuple[dict[str, object] | None, Places, list[Finding]]:
    """The values of a TOML document with the places of its keys, or the finding why not."""
    try:
        values = tomllib.loads(text)
        return values, Places(document, find_lines(text)), []
    except RecursionError:
        finding = Finding("NotToml", document, "it is nested too deeply", "make it flatter")
    # Also an integer of too many digits is a ValueError, and not a TOMLDecodeError.
    except ValueError as error:
        finding = _toml_finding(str(error), text, document)
    return None, Places(document), [finding]


def load_json(text: str, document: str) -> tuple[object, list[Finding]]:
    """The value of a JSON document, or the finding that says why not.

    NaN, Infinity and a key given twice, which Python would accept, are not JSON here.
    """
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeats), []
    except json.JSONDecodeError as error:
        where = f"{document}:{error.lineno}"
        what = f"it is not JSON: {error.msg} (column {error.colno})"
    except RecursionError:
        where, what = document, "it is nested too deeply"
    except ValueError as error:
        where, what = document, f"it is not JSON: {error}"
    return None, [Finding("NotJson", where, what, "write valid JSON there")]


def decode_utf8(data: bytes, document: str) -> tuple[str | None, list[Finding]]:
    """The text of UTF-8 bytes, or the finding that names the first line that is not."""
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start} of it is not UTF-8"
        return None, [Finding("NotUtf8", f"{document}:{line}", what, "save it as UTF-8")]


def _toml_finding(message: str, text: str, document: str) -> Finding:
    position = _POSITION.search(message)
    line, column = position.groups() if position else (str(text.count("\n") + 1), None)
    message = message[: position.start()] if position else message
    message = message.removesuffix(" (at end of document)")
    place = f" (column {column})" if column else ""
    what = f"it is not TOML: {message[:200]}{place}"
    return Finding("NotToml", f"{document}:{line}", what, "write valid TOML there")


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is not a JSON number")


def _no_repeats(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"the key {show(key)} is given twice")
        values[key] = value
    return values
