"""What a backfill gives to one item."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from handlers.domain.items.changes import AttributeValue, Copy, FillIn
from handlers.errors import MigrationFailed

Item = Mapping[str, Mapping[str, Any]]


def missing(change: FillIn, item: Item) -> dict[str, AttributeValue]:
    """The attributes that the item lacks and the change can make, with their values.

    Raises MigrationFailed, naming the value, where it cannot be turned into the type that the file
    asks for.
    """
    found: dict[str, AttributeValue] = {}
    for attribute, source in change.sets.items():
        if attribute in item:
            continue
        if not isinstance(source, Copy):
            found[attribute] = source.value
        elif source.attribute in item:
            found[attribute] = _as(source, item[source.attribute])
    return found


def sources(change: FillIn) -> tuple[str, ...]:
    """The attributes that are copied from."""
    return tuple(
        sorted({each.attribute for each in change.sets.values() if isinstance(each, Copy)})
    )


def _as(source: Copy, value: Mapping[str, Any]) -> AttributeValue:
    ((type_, plain),) = value.items()
    if source.as_type in (None, type_):
        return value
    if type_ == "N":
        return {"S": plain}
    if type_ == "S" and _is_number(plain):
        return {"N": plain}
    raise MigrationFailed(
        f"{source.attribute} is {type_} {str(plain)[:40]!r}, which cannot be made "
        f"{source.as_type}; mend the item, or leave it out by where"
    )


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and text == text.strip() and "_" not in text
    except InvalidOperation:
        return False
