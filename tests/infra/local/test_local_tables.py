"""What becomes of an index that is added to a table, and of one that is removed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def made(lab: Any) -> str:
    name = str(lab.name())
    lab["dynamodb"].create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    lab["dynamodb"].put_item(TableName=name, Item={"id": {"S": "1"}, "state": {"S": "new"}})
    return name


def creation(attribute: str) -> dict[str, Any]:
    return {
        "Create": {
            "IndexName": f"by-{attribute}",
            "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    }


def update(lab: Any, table: str, *updates: dict[str, Any]) -> Any:
    keys = [each["Create"]["KeySchema"][0]["AttributeName"] for each in updates if "Create" in each]
    return lab["dynamodb"].update_table(
        TableName=table,
        GlobalSecondaryIndexUpdates=list(updates),
        **(
            {"AttributeDefinitions": [{"AttributeName": k, "AttributeType": "S"} for k in keys]}
            if keys
            else {}
        ),
    )["TableDescription"]


def states(described: Any) -> list[tuple[str, Any]]:
    found = described.get("GlobalSecondaryIndexes") or ()
    return [(each["IndexStatus"], each.get("Backfilling")) for each in found]


def seen(lab: Any, table: str, until: Any) -> list[Any]:
    """The states that an index goes through until the given one."""
    found: list[Any] = []

    def look() -> bool:
        described = lab["dynamodb"].describe_table(TableName=table)["Table"]
        state = (described["TableStatus"], states(described))
        if not found or found[-1] != state:
            found.append(state)
        return state == until

    lab.poll(look)
    return found


def query(lab: Any, table: str) -> Any:
    return lab["dynamodb"].query(
        TableName=table,
        IndexName="by-state",
        KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":s": {"S": "new"}},
    )["Items"]


def test_an_index_is_allocated_and_filled_before_it_can_be_read(corrected: Any) -> None:
    table = made(corrected)
    described = update(corrected, table, creation("state"))
    assert states(described) == [("CREATING", False)]
    with pytest.raises(ClientError, match="Cannot read from backfilling global secondary index"):
        query(corrected, table)
    assert seen(corrected, table, ("ACTIVE", [("ACTIVE", None)])) == [
        ("UPDATING", [("CREATING", False)]),
        ("ACTIVE", [("CREATING", True)]),
        ("ACTIVE", [("ACTIVE", None)]),
    ]
    assert len(query(corrected, table)) == 1


def test_a_table_makes_one_index_at_a_time(corrected: Any) -> None:
    table = made(corrected)
    with pytest.raises(ClientError, match="LimitExceededException"):
        update(corrected, table, creation("state"), creation("kind"))
    update(corrected, table, creation("state"))
    with pytest.raises(ClientError, match="ResourceInUseException"):
        update(corrected, table, creation("kind"))
    seen(corrected, table, ("ACTIVE", [("CREATING", True)]))
    with pytest.raises(ClientError, match="LimitExceededException"):
        update(corrected, table, creation("kind"))


def test_an_index_that_is_removed_goes_after_a_while(corrected: Any) -> None:
    table = made(corrected)
    update(corrected, table, creation("state"))
    seen(corrected, table, ("ACTIVE", [("ACTIVE", None)]))
    described = update(corrected, table, {"Delete": {"IndexName": "by-state"}})
    assert states(described) == [("DELETING", None)]
    assert seen(corrected, table, ("ACTIVE", [])) == [
        ("ACTIVE", [("DELETING", None)]),
        ("ACTIVE", []),
    ]


def test_stock_has_an_index_and_loses_it_at_once_and_any_number_together(stock: Any) -> None:
    table = made(stock)
    described = update(stock, table, creation("state"), creation("kind"))
    assert states(described) == [("ACTIVE", None), ("ACTIVE", None)]
    described = update(stock, table, {"Delete": {"IndexName": "by-state"}})
    assert states(described) == [("ACTIVE", None)]
