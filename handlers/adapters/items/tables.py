"""The tables that the migrator was given, as DynamoDB describes them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.domain.items.table import Table, read_table
from handlers.errors import MigrationFailed

_TABLES = "GREENSHIFT_DYNAMODB_TABLES"


def has_tables(environment: Mapping[str, str]) -> bool:
    """Whether the function migrates DynamoDB's tables, and not a SQL database."""
    return bool(environment.get(_TABLES))


class Tables:
    """The service's tables by the keys that its registration gives them."""

    def __init__(self, dynamodb: Any, environment: Mapping[str, str]) -> None:
        self.dynamodb = dynamodb
        self._names: Mapping[str, str] = json.loads(environment[_TABLES])

    def name(self, key: str) -> str:
        """DynamoDB's name of the table. Raises MigrationFailed for a key that is not registered."""
        if key not in self._names:
            known = " or ".join(sorted(self._names))
            raise MigrationFailed(
                f"{key} is not a table of the service; register it in the service's stack, or name "
                f"{known}"
            )
        return self._names[key]

    def describe(self, key: str) -> Table:
        """The table as it is. Raises MigrationFailed when there is none."""
        name = self.name(key)
        try:
            return read_table(self.dynamodb.describe_table(TableName=name)["Table"])
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            raise MigrationFailed(
                f"the table {name} of the service does not exist; deploy the service's stack"
            ) from error

    def describe_all(self, keys: Iterable[str]) -> dict[str, Table]:
        """The tables with these keys."""
        return {key: self.describe(key) for key in sorted(set(keys))}
