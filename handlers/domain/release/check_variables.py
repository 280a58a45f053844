"""Variables in checks: a value that one check saves stands in later ones as `${name}`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from handlers.domain.reading.forms import VARIABLE

REFERENCE = re.compile(rf"\$(?P<plain>\$)?\{{(?P<name>(?:{VARIABLE.pattern})?)(?P<end>\}})?")
"""`${name}`; `$${` stands for a plain `${`."""


def references(value: object) -> frozenset[str]:
    """The variables that the texts in a value name."""
    return frozenset(
        found["name"]
        for text in texts(value)
        for found in REFERENCE.finditer(text)
        if not found["plain"] and found["name"] and found["end"]
    )


def unreadable(value: object) -> tuple[str, ...]:
    """The texts with a `${` that is neither a variable nor a plain one."""
    return tuple(
        text
        for text in texts(value)
        if any(
            not found["plain"] and not (found["name"] and found["end"])
            for found in REFERENCE.finditer(text)
        )
    )


def texts(value: object) -> Iterator[str]:
    """Every text in JSON, or in the fields of a dataclass; keys are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
