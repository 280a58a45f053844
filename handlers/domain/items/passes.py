"""Reads how a backfill or a contract goes through a table, and what it gives to each item."""

import json
from collections.abc import Mapping
from typing import Literal, cast

from handlers.domain.items.changes import AttributeValue, Constant, Copy, Pass, Source
from handlers.domain.reading.forms import ATTRIBUTE
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section

PASS_KEYS = ("where", "segments", "unitsPerSecond")
MOST_SEGMENTS, MOST_SET, MOST_UNITS = 32, 20, 40_000
"""Segments are threads of one Lambda, and their cursors share one item."""
SEGMENTS, UNITS_PER_SECOND = 4, 200


def read_pass(document: Section) -> Pass:
    """`where`, `segments` and `unitsPerSecond`, with their defaults."""
    where = {}
    for name, value in (document.table("where") or {}).items():
        path = ("where", name)
        if not ATTRIBUTE.fits(name):
            what = f"{show(name)} is not an attribute's name"
            document.inspection.report("BadValue", path, what, f"name it as {ATTRIBUTE.says}")
        elif isinstance(value, str | int | float | bool) and _is_finite(value):
            where[name] = typed(value)
        else:
            what, do = f"it is {show(value)}", "write a text, a number, true or false"
            document.inspection.report("WrongType", path, what, do)
    return Pass(
        document.whole("segments", 1, MOST_SEGMENTS) or SEGMENTS,
        document.whole("unitsPerSecond", 1, MOST_UNITS) or UNITS_PER_SECOND,
        where,
    )


def read_sources(document: Section) -> dict[str, Source]:
    """What `set` says, by attribute."""
    table = document.table("set", required=True)
    if table is not None and not 1 <= len(table) <= MOST_SET:
        what = f"set has {len(table)} attributes"
        document.report("OutOfRange", "set", what, f"write between 1 and {MOST_SET}")
    names = Section(document.inspection, ("set",), table or {}, keys=table or {})
    found: dict[str, Source] = {}
    for name in table or {}:
        if not ATTRIBUTE.fits(name):
            what = f"{show(name)} is not an attribute's name"
            names.report("BadValue", name, what, f"name it as {ATTRIBUTE.says}")
        elif source := names.section(name, ("value", "fromAttribute", "as")):
            found[name] = _source(source, name)
    return found


def _source(section: Section, name: str) -> Source:
    section.one_of(("value", "fromAttribute"), "the source")
    if section.has("value"):
        if section.has("as"):
            section.report("Conflict", "as", "as stands beside value", "write the value so")
        value = section.values["value"]
        if not _is_finite(value):
            section.refuse("OutOfRange", "value", "numbers that DynamoDB can hold")
        return Constant(typed(value))
    attribute = section.text("fromAttribute", ATTRIBUTE) or ""
    if attribute == name:
        what = f"{name} is copied from itself"
        section.report("Conflict", "fromAttribute", what, "name another attribute")
    as_type = cast(Literal["S", "N"] | None, section.word("as", ("S", "N")))
    return Copy(attribute, as_type)


def typed(value: object) -> AttributeValue:
    """A JSON value as DynamoDB's API has it: text S, number N, truth BOOL, null NULL, list L,
    object M.
    """
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, Mapping):
        return {"M": {str(key): typed(item) for key, item in value.items()}}
    if isinstance(value, list):
        return {"L": [typed(item) for item in value]}
    return {"N": repr(value)}


def _is_finite(value: object) -> bool:
    """False for a value with a number that Python reads as infinite, such as 1e400."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
