"""Values as the RDS Data API carries them, there and back."""

import re
from collections.abc import Mapping
from typing import Any

_NAMED = re.compile(r"(?<!:):(?P<name>[a-z_]+)\b")


def with_parameters(sql: str, values: Mapping[str, object]) -> tuple[str, list[dict[str, Any]]]:
    """The statement and its parameters.

    A parameter without a value is written into the statement as NULL, which takes its type from its
    place; the Data API would send text.
    """
    absent = {name for name, value in values.items() if value is None}
    if absent:
        sql = _NAMED.sub(lambda found: "NULL" if found["name"] in absent else found[0], sql)
    given = {name: value for name, value in values.items() if value is not None}
    return sql, [{"name": name, "value": _field(value)} for name, value in given.items()]


def rows_of(answer: Mapping[str, Any]) -> list[list[Any]]:
    """The rows of an answer: numbers, truth values and text; what has another type comes as its
    text, and an array as the Data API has it.
    """
    return [[_value(field) for field in record] for record in answer.get("records", ())]


def _field(value: object) -> dict[str, object]:
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}


def _value(field: Mapping[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()), None)
