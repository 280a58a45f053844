"""A table as DynamoDB describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.domain.items.changes import Index, IndexKey, Projection


@dataclass(frozen=True, slots=True)
class MadeIndex:
    """An index that is there, and whether it is whole by now. `is_global` is false for a local one,
    which lives and dies with its table.
    """

    index: Index
    ready: bool
    is_global: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Its keys, its indexes by name, and about how many items it has (some hours old).

    `throughput` is what a provisioned table was given, None for one that pays per request.
    """

    name: str
    keys: tuple[IndexKey, ...]
    indexes: Mapping[str, MadeIndex]
    items: int = 0
    throughput: Mapping[str, int] | None = None

    def key_types(self) -> dict[str, str]:
        """The type of every attribute that is a key of the table or of one of its indexes."""
        keys = [*self.keys, *(key for each in self.indexes.values() for key in each.index.keys)]
        return {key.name: key.type for key in keys if key.type}


def same(one: Index, other: Index) -> bool:
    """Whether two indexes are made alike; the order of what they project says nothing."""
    return one.keys == other.keys and _plain(one.projection) == _plain(other.projection)


def read_table(found: Mapping[str, Any]) -> Table:
    """The table in the answer of DescribeTable."""
    types = {each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]}
    indexes = {}
    for field in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        for each in found.get(field) or ():
            name = each["IndexName"]
            index = Index(name, _keys(each, types), _projection(each["Projection"]))
            ready = each.get("IndexStatus", "ACTIVE") == "ACTIVE" and not each.get("Backfilling")
            indexes[name] = MadeIndex(index, ready, field.startswith("Global"))
    given = found.get("ProvisionedThroughput") or {}
    units = {key: given.get(key, 0) for key in ("ReadCapacityUnits", "WriteCapacityUnits")}
    return Table(
        name=found["TableName"],
        keys=_keys(found, types),
        indexes=indexes,
        items=found.get("ItemCount", 0),
        throughput=units if all(units.values()) else None,
    )


def _keys(found: Mapping[str, Any], types: Mapping[str, str]) -> tuple[IndexKey, ...]:
    # The keys of an index that is being removed may not be defined any more.
    return tuple(
        IndexKey(key["AttributeName"], types.get(key["AttributeName"], ""), key["KeyType"])
        for key in found["KeySchema"]
    )


def _projection(found: Mapping[str, Any]) -> Projection:
    if found["ProjectionType"] == "INCLUDE":
        return tuple(found["NonKeyAttributes"])
    projection: Projection = found["ProjectionType"]
    return projection


def _plain(projection: Projection) -> str | frozenset[str]:
    return projection if isinstance(projection, str) else frozenset(projection)
