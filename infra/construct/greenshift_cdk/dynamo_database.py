"""DynamoDB's tables of a service, as the migrator reaches them: by its role, from no VPC."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_MOST_TABLES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoDatabase:
    """The tables that bundles may declare item shapes and changes of, by the keys that they use.

    tables: 30 at most. An index that a bundle adds belongs to Greenshift: it is not declared in the
    stack as well. gate: whether a release that would break the live one is stopped or only told of
    (default: `enforce`).
    """

    tables: Mapping[str, dynamodb.ITable]
    gate: Literal["enforce", "report"] = "enforce"

    def __post_init__(self) -> None:
        if not 1 <= len(self.tables) <= _MOST_TABLES:
            raise ValueError(
                f"the database has {len(self.tables)} tables; give it between 1 and {_MOST_TABLES}"
            )
        for key in self.tables:
            if not _KEY.fullmatch(key):
                raise ValueError(
                    f'"{key}" is not a table\'s key; use at most 64 letters, digits, _ and -, a '
                    "letter first"
                )

    def registered(self) -> dict[str, object]:
        """The database as the registration shows it."""
        return {"kind": "dynamodb", "tables": self._names(), "gate": self.gate}

    def environment(self) -> dict[str, str]:
        """What the migrator's environment says of it."""
        return {
            "GREENSHIFT_DYNAMODB_TABLES": json.dumps(self._names()),
            "GREENSHIFT_DATABASE_GATE": self.gate,
        }

    def grant_to(self, role: iam.Role, *, service: str, ledger: str) -> None:
        """Lets the migrator go through and index the tables, keep its steps in the service's own
        partition of the table `ledger`, and compare the token of the service's claim.
        """
        actions = ("DescribeTable", "UpdateTable", "Scan", "UpdateItem")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[f"dynamodb:{action}" for action in actions],
                resources=[table.table_arn for table in self.tables.values()],
            )
        )
        for table in self.tables.values():
            if table.encryption_key is not None:
                table.encryption_key.grant_encrypt_decrypt(role)
        ledger_arn = Stack.of(role).format_arn(
            service="dynamodb", resource="table", resource_name=ledger
        )
        _grant_items(role, ledger_arn, f"ITEMS#{service}", "GetItem", "PutItem", "Query")
        _grant_items(role, ledger_arn, f"SERVICE#{service}", "ConditionCheckItem")

    def _names(self) -> dict[str, str]:
        return {key: table.table_name for key, table in self.tables.items()}


def _grant_items(role: iam.Role, table_arn: str, partition: str, *actions: str) -> None:
    # ForAllValues alone also allows a request that names no key at all.
    only = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in actions],
            resources=[table_arn],
            conditions=only,
        )
    )
