"""Releases of a service that keeps its data in DynamoDB, from the bundle to the end."""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import Service

from handlers.domain.bundle.pack import write_bundle

READ = {"table": "orders", "key": {"id": "S"}, "reads": {"state": "S", "total": "N"}}
PUT = {"table": "orders", "key": {"id": "S"}, "puts": {"state": "S", "total": "N"}}
SHAPES = {"statements/read_order.json": READ, "statements/put_order.json": PUT}
TOTAL = {"name": "total", "type": "N", "role": "HASH"}
INDEX = {
    "migrations/0001_by_total.expand.json": {
        "table": "orders",
        "addIndex": {"name": "by-total", "keys": [TOTAL], "projection": "ALL"},
    }
}
WRITES_CHANNEL = {
    "statements/read_order.json": READ | {"reads": {**READ["reads"], "channel": "S?"}},
    "statements/put_order.json": PUT | {"puts": {**PUT["puts"], "channel": "S"}},
}
NEEDS_CHANNEL = WRITES_CHANNEL | {
    "statements/read_order.json": READ | {"reads": {**READ["reads"], "channel": "S"}}
}
BACKFILL = {
    "migrations/0002_channel.backfill.json": {
        "table": "orders",
        "set": {"channel": {"value": "web"}},
    }
}


class Orders:
    """The service and its table, which has an index on `state`."""

    def __init__(self, aws: Any, shop: Service) -> None:
        self.service, self.table = shop, f"{shop.name}-orders"
        self.dynamodb = aws.client("dynamodb")
        self.dynamodb.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "state", "AttributeType": "S"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-state",
                    "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(30):
            item = {"id": {"S": str(number)}, "state": {"S": "new"}, "total": {"N": "5"}}
            self.dynamodb.put_item(TableName=self.table, Item=item)
        shop.register(database={"kind": "dynamodb", "tables": {"orders": self.table}})

    def upload(self, release: str, *files: Mapping[str, Any]) -> dict[str, Any]:
        """A bundle with these declarations."""
        entries: dict[str, Any] = {}
        with zipfile.ZipFile(io.BytesIO(self.service.bundle(release))) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        for group in files:
            for name, content in group.items():
                text = content if isinstance(content, str) else json.dumps(content)
                entries[name] = text.encode()
        buffer = io.BytesIO()
        write_bundle(entries, buffer)
        return self.service.upload(release, buffer.getvalue())

    def channels(self) -> set[Any]:
        items = self.dynamodb.scan(TableName=self.table)["Items"]
        return {item.get("channel", {}).get("S") for item in items}

    def indexes(self) -> dict[str, str]:
        described = self.dynamodb.describe_table(TableName=self.table)["Table"]
        found = described.get("GlobalSecondaryIndexes") or ()
        return {each["IndexName"]: each["IndexStatus"] for each in found}


@pytest.fixture
def orders(aws: Any, shop: Service, monkeypatch: pytest.MonkeyPatch) -> Orders:
    found = Orders(aws, shop)
    monkeypatch.setenv("GREENSHIFT_SERVICE", shop.name)
    monkeypatch.setenv("GREENSHIFT_DYNAMODB_TABLES", json.dumps({"orders": found.table}))
    return found


def test_shapes_index_and_backfill_come_with_their_releases(
    orders: Orders, machine: Engine
) -> None:
    first = machine.run(orders.upload("1.0.0", SHAPES, INDEX))
    assert first.end == "Released", first
    assert orders.indexes() == {"by-state": "ACTIVE", "by-total": "ACTIVE"}
    second = machine.run(orders.upload("1.1.0", WRITES_CHANNEL, INDEX))
    assert second.end == "Released", second
    third = machine.run(orders.upload("1.2.0", NEEDS_CHANNEL, INDEX, BACKFILL))
    assert third.end == "Released", third
    assert orders.channels() == {"web"}
    for run in (first, second, third):
        assert_invariants(orders.service, run)


REFUSED = [
    pytest.param(
        {"statements/put_order.json": PUT | {"puts": {"state": "S"}}},
        r"statements/put_order\.json:1: attribute-not-written: blue reads total",
        id="an attribute is not written any more",
    ),
    pytest.param(
        {"statements/put_order.json": PUT | {"puts": {"state": "S", "total": "S"}}},
        "type-changed: total becomes S, and blue reads it as N",
        id="an attribute changes its type",
    ),
    pytest.param(
        {"statements/put_order.json": PUT | {"key": {"id": "N"}}},
        "key-changed: the key of .*-orders is id S",
        id="another key",
    ),
    pytest.param(NEEDS_CHANNEL, "attribute-read-too-early: green needs channel", id="too early"),
    pytest.param(BACKFILL, "backfill-before-writers: blue goes on writing", id="backfill"),
    pytest.param(
        {"statements/put_order.json": PUT | {"puts": {"total": "N", "state": "S|NULL"}}},
        "index-key-type: state is a key of an index",
        id="a value that the index refuses",
    ),
]


@pytest.mark.parametrize(("files", "sentence"), REFUSED)
def test_a_release_that_would_break_blue_is_refused_before_anything_is_changed(
    orders: Orders, machine: Engine, files: dict[str, Any], sentence: str
) -> None:
    assert machine.run(orders.upload("1.0.0", SHAPES)).end == "Released"
    run = machine.run(orders.upload("1.1.0", SHAPES, INDEX, files))
    assert run.end == "RolledBack", run
    assert re.search(sentence, run.answer["reason"]), run.answer["reason"]
    assert orders.indexes() == {"by-state": "ACTIVE"}
    assert orders.channels() == {None}
    assert_invariants(orders.service, run)


@pytest.mark.parametrize(
    ("files", "code", "where"),
    [
        (
            {"statements/read.json": READ | {"table": "carts"}},
            "TableNotRegistered",
            "statements/read.json",
        ),
        ({"migrations/0001_a.expand.sql": "SELECT 1"}, "OtherKindOfDatabase", "migrations/"),
        ({"statements/a.sql": "SELECT 1"}, "OtherKindOfDatabase", "statements/a.sql"),
        ({"statements/read.json": READ | {"reads": {"a": 1}}}, "WrongType", "read.json:1 reads.a"),
        (
            {"migrations/0001_a.expand.json": {"table": "orders"}},
            "MissingKey",
            "migrations/0001_a.expand.json:1 addIndex",
        ),
    ],
)
def test_declarations_that_do_not_fit_are_rejected_by_plan(
    orders: Orders, machine: Engine, files: dict[str, Any], code: str, where: str
) -> None:
    run = machine.run(orders.upload("1.0.0", files))
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert finding["code"] == code
    assert where in finding["where"]


def test_declarations_of_items_need_registered_tables(shop: Service, machine: Engine) -> None:
    entries = {"statements/read.json": json.dumps(READ).encode()}
    with zipfile.ZipFile(io.BytesIO(shop.bundle("1.0.0"))) as archive:
        entries |= {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    write_bundle(entries, buffer)
    run = machine.run(shop.upload("1.0.0", buffer.getvalue()))
    assert run.end == "Rejected"
    assert [each["code"] for each in run.answer["findings"]] == ["TableNotRegistered"]
