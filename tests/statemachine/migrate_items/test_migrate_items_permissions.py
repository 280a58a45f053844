"""What the migrator's role allows is enough for its work, where all else is denied."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from provided import provided

from handlers import migrate_schema
from handlers.adapters.aws import client
from handlers.adapters.tools import Tools


@pytest.fixture
def enforcing() -> Iterator[Any]:
    with provided(enforce=True, instant=True) as environment:
        yield environment


def partition(key: str) -> dict[str, Any]:
    return {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [key]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def statement(actions: str, resource: str, condition: Any = None) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": actions.split(),
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


def test_the_migrators_permissions_are_enough_and_no_more(
    enforcing: Any, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.cache_clear()
    other = type(lab)(enforcing)
    other.put(count=30, state={"S": "new"})
    where = f"arn:aws:dynamodb:{enforcing.region}:{enforcing.account}:table"
    ledger, name = f"{where}/greenshift-ledger", other.service
    allowed = [
        statement(
            "dynamodb:DescribeTable dynamodb:UpdateTable dynamodb:Scan dynamodb:UpdateItem",
            f"{where}/{other.table}",
        ),
        statement(
            "dynamodb:GetItem dynamodb:PutItem dynamodb:Query",
            ledger,
            partition(f"ITEMS#{name}"),
        ),
        statement("dynamodb:ConditionCheckItem", ledger, partition(f"SERVICE#{name}")),
        statement(
            "s3:GetObject s3:GetObjectVersion",
            f"arn:aws:s3:::greenshift-artifacts/releases/{name}/*",
        ),
    ]
    keys = [{"name": "state", "type": "S", "role": "HASH"}]
    files = {
        "migrations/0001_by_state.expand.json": {
            "table": "orders",
            "addIndex": {"name": "by-state", "keys": keys, "projection": "ALL"},
        },
        "migrations/0002_channel.backfill.json": {
            "table": "orders",
            "set": {"channel": {"value": "web"}},
        },
    }
    event = other.event(files, blue={})

    iam = enforcing.client("iam")
    iam.create_user(UserName="migrator")
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName="migrator", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="migrator")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.setenv("GREENSHIFT_SERVICE", name)
    monkeypatch.setenv("GREENSHIFT_DYNAMODB_TABLES", json.dumps({"orders": other.table}))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it would keep the root's keys
    tools = Tools()
    monkeypatch.setattr(migrate_schema, "tools", tools)
    client.cache_clear()

    assert other.call(event)["next"] == "done"
    with pytest.raises(ClientError, match="not authorized"):
        tools.ledger.get(f"SERVICE#{name}", "CLAIM")
    with pytest.raises(ClientError, match="not authorized"):
        list(tools.ledger.query("ITEMS#another", "STEP#"))
    assert {item["channel"]["S"] for item in other.items().values()} == {"web"}
