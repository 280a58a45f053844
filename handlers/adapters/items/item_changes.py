"""What is done to one item: attributes filled in where they are missing, or taken off."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.items.expressions import Expression
from handlers.domain.items.changes import AttributeValue, FillIn, RemoveAttributes
from handlers.domain.items.filling import Item, missing, sources
from handlers.domain.items.table import Table
from handlers.errors import MigrationFailed, TransientConflict

_TRIES = 5
Where = Mapping[str, AttributeValue]


class ItemChange(Protocol):
    """How the items of a table are found and changed."""

    def scan(self, where: Where) -> dict[str, Any]:
        """The request that finds the items which still need it, without place and limit."""

    def apply(self, item: Item) -> float:
        """Changes the item if it still needs it; answers the capacity units, 0 for no write."""


class Filling:
    """Gives an item what it lacks, unless it is gone by now or somebody else has given it."""

    def __init__(self, dynamodb: Any, table: Table, change: FillIn) -> None:
        self._dynamodb, self._table, self._change = dynamodb, table, change

    def scan(self, where: Where) -> dict[str, Any]:
        """Items that lack one of the attributes."""
        sets = self._change.sets
        read = {*sets, *sources(self._change)}
        return _scan(self._table, "attribute_not_exists", sets, where, read)

    def apply(self, item: Item) -> float:
        """Sets each attribute that is missing, if what it is copied from is as it was read.

        Raises MigrationFailed naming the item whose value cannot be copied.
        """
        key = _key(self._table, item)
        for _attempt in range(_TRIES):
            try:
                values = missing(self._change, item)
            except MigrationFailed as failed:
                raise MigrationFailed(f"{self._table.name}, item {_told(key)}: {failed}") from None
            if not values:
                return 0.0
            said = Expression()
            sets = ", ".join(f"{said.name(name)} = {said.value(values[name])}" for name in values)
            holds = [f"attribute_not_exists({said.name(name)})" for name in values]
            copied = [name for name in sources(self._change) if name in item]
            holds += [f"{said.name(name)} = {said.value(item[name])}" for name in copied]
            units, found = _update(self._dynamodb, self._table, key, f"SET {sets}", holds, said)
            if found is None:
                return units
            item = found
        raise TransientConflict(
            f"{self._table.name}, item {_told(key)}: it was written again and again meanwhile"
        )


class Removing:
    """Takes attributes off an item."""

    def __init__(self, dynamodb: Any, table: Table, change: RemoveAttributes) -> None:
        self._dynamodb, self._table, self._change = dynamodb, table, change

    def scan(self, where: Where) -> dict[str, Any]:
        """Items that have one of the attributes."""
        attributes = self._change.attributes
        return _scan(self._table, "attribute_exists", attributes, where, ())

    def apply(self, item: Item) -> float:
        """Removes what is there of them; an item that is gone stays gone."""
        said = Expression()
        removes = ", ".join(said.name(name) for name in self._change.attributes)
        key = _key(self._table, item)
        units, _ = _update(self._dynamodb, self._table, key, f"REMOVE {removes}", [], said)
        return units


def _scan(
    table: Table, test: str, attributes: Iterable[str], where: Where, read: Iterable[str]
) -> dict[str, Any]:
    said = Expression()
    condition = " OR ".join(f"{test}({said.name(name)})" for name in attributes)
    also = [f"{said.name(name)} = {said.value(value)}" for name, value in where.items()]
    wanted = sorted({*(key.name for key in table.keys), *read})
    return {
        "TableName": table.name,
        "FilterExpression": " AND ".join([f"({condition})", *also]) if also else condition,
        "ProjectionExpression": ", ".join(said.name(name) for name in wanted),
        "ConsistentRead": True,
        "ReturnConsumedCapacity": "TOTAL",
        **said.parameters(),
    }


def _update(
    dynamodb: Any,
    table: Table,
    key: Item,
    update: str,
    holds: Sequence[str],
    said: Expression,
) -> tuple[float, Item | None]:
    """The units that the write took; the item as it is now where it was not as expected, and None
    where it was written or is gone.
    """
    # Without it an update of an item that was deleted meanwhile would make a new one.
    there = f"attribute_exists({said.name(table.keys[0].name)})"
    try:
        answer = dynamodb.update_item(
            TableName=table.name,
            Key=key,
            UpdateExpression=update,
            ConditionExpression=" AND ".join([there, *holds]),
            ReturnConsumedCapacity="TOTAL",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **said.parameters(),
        )
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        found: Any = error.response.get("Item")
        return 0.0, found or None
    return float(answer["ConsumedCapacity"]["CapacityUnits"]), None


def _key(table: Table, item: Item) -> dict[str, Mapping[str, Any]]:
    return {key.name: item[key.name] for key in table.keys}


def _told(key: Item) -> str:
    return ", ".join(f"{name} {next(iter(value.values()))!r}" for name, value in key.items())
