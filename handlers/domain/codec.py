"""Frozen dataclasses to and from the camelCase JSON that flows between states.

Written here, not taken from a library: it is imported by every phase's cold start, and the two
functions are all that the sections need.
"""

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def encode(value: object) -> Any:
    """The value as plain JSON types; dataclass fields become camelCase keys, none is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_camel(field.name): encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def decode(cls: type[T], value: object) -> T:
    """The inverse of `encode` for the dataclass `cls`; unknown keys are passed over, and a missing
    one is its field's default where it has one, so that sections and records may grow.

    Raises ValueError naming the key when one is missing or has another type.
    """
    return _decode(cls, value, cls.__name__)  # type: ignore[no-any-return]


def _decode(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        (hint,) = (argument for argument in arguments if argument is not type(None))
        return _decode(hint, value, where)
    if origin is Literal:
        _expect(value in arguments, where, f"one of {', '.join(map(str, arguments))}", value)
        return value
    if origin is tuple:
        _expect(isinstance(value, list | tuple), where, "a list", value)
        return tuple(_decode(arguments[0], item, f"{where}[]") for item in value)
    if origin is not None and issubclass(origin, Mapping):
        _expect(isinstance(value, Mapping), where, "an object", value)
        return {key: _decode(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if is_dataclass(hint):
        _expect(isinstance(value, Mapping), where, "an object", value)
        return _decode_dataclass(hint, value, where)
    if hint is Any or hint is object:
        return value
    if hint is float:
        _expect(
            isinstance(value, int | float) and not isinstance(value, bool), where, "a number", value
        )
        return float(value)
    _expect(
        isinstance(value, hint) and not (hint is int and isinstance(value, bool)),
        where,
        hint.__name__,
        value,
    )
    return value


def _decode_dataclass(cls: Any, value: Mapping[str, Any], where: str) -> Any:
    found = {}
    for name, key, hint, required in _keys(cls):
        if key not in value and not required:
            continue
        _expect(key in value, where, f"an object with the key {key}", value)
        found[name] = _decode(hint, value[key], f"{where}.{key}")
    return cls(**found)


@cache
def _keys(cls: type) -> list[tuple[str, str, Any, bool]]:
    hints = get_type_hints(cls)
    return [
        (
            field.name,
            _camel(field.name),
            hints[field.name],
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(cls)
    ]


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _expect(condition: bool, where: str, wanted: str, value: object) -> None:
    if not condition:
        raise ValueError(f"{where}: expected {wanted}, found {str(value)[:80]}")
