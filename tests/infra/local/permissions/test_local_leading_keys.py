"""A policy that names partition keys."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

ONLY_MINE = {
    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}


def table_and_user(account: Any, conditions: dict[str, Any]) -> tuple[str, Any]:
    name = str(account.lab.name())
    account.lab["dynamodb"].create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    actions = ("PutItem", "GetItem", "Query", "Scan", "ConditionCheckItem")
    allowed = account.allow(*(f"dynamodb:{each}" for each in actions), Condition=conditions)
    return name, account.user(allowed)("dynamodb")


def put(table: str, key: str) -> dict[str, Any]:
    return {"TableName": table, "Item": {"pk": {"S": key}}}


def query(key: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "#k = :k",
        "ExpressionAttributeNames": {"#k": "pk"},
        "ExpressionAttributeValues": {":k": {"S": key}},
    }


def test_only_items_of_these_keys_are_allowed(account: Any) -> None:
    table, client = table_and_user(account, ONLY_MINE)
    client.put_item(**put(table, "mine"))
    client.get_item(TableName=table, Key={"pk": {"S": "mine"}})
    assert client.query(TableName=table, **query("mine"))["Count"] == 1
    client.transact_write_items(TransactItems=[{"Put": put(table, "mine")}])
    refused = [
        lambda: client.put_item(**put(table, "theirs")),
        lambda: client.get_item(TableName=table, Key={"pk": {"S": "theirs"}}),
        lambda: client.query(TableName=table, **query("theirs")),
        lambda: client.scan(TableName=table),
        lambda: client.transact_write_items(
            TransactItems=[{"Put": put(table, "mine")}, {"Put": put(table, "theirs")}]
        ),
    ]
    for call in refused:
        with pytest.raises(ClientError, match="not authorized"):
            call()


def test_in_a_transaction_each_item_is_judged_by_its_own_action_and_key(account: Any) -> None:
    table, _ = table_and_user(account, ONLY_MINE)

    def may(action: str, key: str) -> Any:
        return account.allow(
            f"dynamodb:{action}",
            Condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [key]}},
        )

    client = account.user(may("PutItem", "mine"), may("ConditionCheckItem", "theirs"))("dynamodb")
    check = {
        "TableName": table,
        "Key": {"pk": {"S": "theirs"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    client.transact_write_items(
        TransactItems=[{"ConditionCheck": check}, {"Put": put(table, "mine")}]
    )
    with pytest.raises(ClientError, match="not authorized"):
        client.transact_write_items(TransactItems=[{"Put": put(table, "theirs")}])


def test_stock_allows_every_key(stock_account: Any) -> None:
    table, client = table_and_user(
        stock_account, {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]}}
    )
    client.put_item(**put(table, "theirs"))
