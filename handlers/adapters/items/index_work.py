"""Adds and removes one index, and waits until DynamoDB has done it.

A table makes one index at a time, beside its traffic; how long it takes is a matter of its size:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.items.tables import Tables
from handlers.domain.items.changes import AddIndex, Index, RemoveIndex
from handlers.domain.items.table import Table, same
from handlers.errors import MigrationFailed

ENOUGH_SECONDS = 2.0
"""With less of the invocation left, the next one goes on waiting."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0
_BUSY = frozenset({"ResourceInUseException", "LimitExceededException"})
"""Another index of the table is being made or removed, or the table itself is being changed."""


class IndexWork:
    """Changes indexes within one invocation's time."""

    def __init__(self, tables: Tables, deadline: Deadline) -> None:
        self._tables, self._deadline = tables, deadline

    def add(self, change: AddIndex) -> bool:
        """True when the index is there and whole; False when that needs another invocation.

        Safe to repeat: an index that is being made is waited for. Raises MigrationFailed when there
        is one of the same name that is made otherwise.
        """
        return self._until(change.table, lambda table: self._added(table, change))

    def remove(self, change: RemoveIndex) -> bool:
        """True when the index is gone; False when that needs another invocation."""
        return self._until(change.table, lambda table: self._removed(table, change.index))

    def _until(self, key: str, done: Callable[[Table], bool]) -> bool:
        pause = _FIRST_PAUSE
        while not done(self._tables.describe(key)):
            if self._deadline.left() < ENOUGH_SECONDS + pause:
                return False
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        return True

    def _added(self, table: Table, change: AddIndex) -> bool:
        made = table.indexes.get(change.index.name)
        if made is None:
            self._update(table, change.index.keys, {"Create": _request(change.index, table)})
            return False
        if not (made.is_global and same(made.index, change.index)):
            raise MigrationFailed(
                f"{table.name} has an index {change.index.name} that is made otherwise; an index "
                "cannot be changed: add one of another name"
            )
        return made.ready

    def _removed(self, table: Table, name: str) -> bool:
        made = table.indexes.get(name)
        if made is None:
            return True
        if made.ready:
            self._update(table, (), {"Delete": {"IndexName": name}})
        return False

    def _update(self, table: Table, keys: Any, update: dict[str, Any]) -> None:
        """Asks for the change; a table that is busy is asked again after the next look."""
        defined = [{"AttributeName": key.name, "AttributeType": key.type} for key in keys]
        try:
            self._tables.dynamodb.update_table(
                TableName=table.name,
                GlobalSecondaryIndexUpdates=[update],
                **({"AttributeDefinitions": defined} if defined else {}),
            )
        except ClientError as error:
            if code_of(error) not in _BUSY:
                raise


def _request(index: Index, table: Table) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if not isinstance(index.projection, str):
        attributes = list(index.projection)
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": attributes}
    request = {
        "IndexName": index.name,
        "KeySchema": [{"AttributeName": key.name, "KeyType": key.role} for key in index.keys],
        "Projection": projection,
    }
    # An index of a provisioned table gets what its table has.
    return (
        request
        if table.throughput is None
        else {**request, "ProvisionedThroughput": table.throughput}
    )
