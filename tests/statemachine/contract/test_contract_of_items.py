"""A contract of a service that keeps its data in DynamoDB."""

import json
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import Service
from test_dynamodb_service import INDEX, SHAPES, Orders

from handlers.adapters.tools import Tools

CONTRACT = {"action": "contract"}
REMOVES = {"migrations/0002_note.contract.json": {"table": "orders", "removeAttributes": ["note"]}}
IN_USE = {"migrations/0002_state.contract.json": {"table": "orders", "removeAttributes": ["state"]}}


class Noted(Orders):
    """Its items have a `note`, and its windows are over at once."""

    def __init__(self, aws: Any, shop: Service) -> None:
        super().__init__(aws, shop)
        for number in range(30):
            item = {"id": {"S": str(number)}, "note": {"S": "x"}, "total": {"N": "5"}}
            self.dynamodb.put_item(TableName=self.table, Item={**item, "state": {"S": "new"}})
        database = {"kind": "dynamodb", "tables": {"orders": self.table}}
        shop.register(database=database, rollbackWindowHours=0.000_000_1)

    def notes(self) -> int:
        items = self.dynamodb.scan(TableName=self.table)["Items"]
        return sum("note" in item for item in items)


@pytest.fixture
def orders(aws: Any, shop: Service, monkeypatch: pytest.MonkeyPatch) -> Noted:
    found = Noted(aws, shop)
    monkeypatch.setenv("GREENSHIFT_SERVICE", shop.name)
    monkeypatch.setenv("GREENSHIFT_DYNAMODB_TABLES", json.dumps({"orders": found.table}))
    return found


def test_what_no_release_needs_is_taken_off_every_item(orders: Noted, machine: Engine) -> None:
    assert machine.run(orders.upload("1.0.0", SHAPES)).end == "Released"
    assert machine.run(orders.upload("1.1.0", SHAPES, REMOVES)).end == "Released"
    assert orders.notes() == 30, "never in the release's own shift"
    run = machine.run(CONTRACT)
    assert run.end == "Released", run
    assert orders.notes() == 0
    assert "applied 0002_note.contract: 30 items written" in run.answer["reason"]
    assert_invariants(orders.service, run)
    assert machine.run(CONTRACT).end == "NothingToDo"
    back = machine.run({"action": "rollback"})
    assert "a contract of 1.1.0 (0002_note) ran on" in back.answer["reason"]
    assert machine.run({"release": "1.0.0"}).answer["findings"][0]["code"] == "ContractedPast"
    more = {name.replace("0001", "0003"): content for name, content in INDEX.items()}
    later = machine.run(orders.upload("1.2.0", SHAPES, REMOVES, more))
    assert later.end == "Released", later


def test_what_the_live_release_reads_is_not_removed(orders: Noted, machine: Engine) -> None:
    assert machine.run(orders.upload("1.0.0", SHAPES)).end == "Released"
    assert machine.run(orders.upload("1.1.0", SHAPES, IN_USE)).end == "Released"
    run = machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert "NothingContracted: migrations/0002_state.contract.json" in run.answer["reason"]
    assert Tools().contracts.of(orders.service.name) == ()
    assert_invariants(orders.service, run)
    assert machine.run({"release": "1.0.0"}).end == "Released"
