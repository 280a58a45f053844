"""A backfill gives every item what it lacks, in slices, and is taken up where it was left."""

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from handlers.adapters.items.item_changes import Filling
from handlers.adapters.items.tables import Tables
from handlers.domain.items.changes import Copy, FillIn, Pass
from handlers.errors import ClaimLost, MigrationFailed, TransientConflict

FILE = "migrations/0001_channel.backfill.json"
ITEMS = 400
RUN = """
import json, sys
from handlers import migrate_schema
migrate_schema.handler(json.loads(sys.stdin.read()), None)
"""


def filling(**more: Any) -> dict[str, Any]:
    return {"table": "orders", "set": {"channel": {"value": "web"}}, **more}


def channels(lab: Any) -> list[Any]:
    return [item.get("channel", {}).get("S") for item in lab.items().values()]


def test_every_item_has_the_attribute_and_those_that_had_it_keep_theirs(lab: Any) -> None:
    lab.put(count=60, state={"S": "new"})
    lab.put({"id": {"S": "mine"}, "channel": {"S": "shop"}})
    section = lab.migrate({FILE: filling()})
    assert section["next"] == "done"
    assert section["reason"] == "applied 0001_channel.backfill: 60 items written"
    assert sorted(channels(lab)) == ["shop", *["web"] * 60]
    step = lab.steps()["0001#backfill"]
    assert (step["seen"], step["written"], step["state"]) == (61, 60, "done")


def test_a_slice_keeps_the_place_of_each_segment_and_the_next_goes_on_there(lab: Any) -> None:
    lab.put(count=ITEMS, state={"S": "new"})
    event = lab.event({FILE: filling(segments=3, unitsPerSecond=40_000)})
    slices = [lab.call(event, seconds=1)]
    assert slices[0]["next"] == "again"
    step = lab.steps()["0001#backfill"]
    assert 0 < step["seen"] < ITEMS
    assert set(step["cursors"]) == {"0", "1", "2"}
    assert f"{step['seen']} of about 400 items gone through" in slices[0]["reason"]
    while slices[-1]["next"] == "again":
        slices.append(lab.call(event, seconds=1))
    assert len(slices) > 2
    assert set(channels(lab)) == {"web"}
    step = lab.steps()["0001#backfill"]
    assert (step["seen"], step["written"]) == (ITEMS, ITEMS), "no item is gone through twice"


def test_a_migrator_that_is_killed_is_taken_up_where_it_was(lab: Any) -> None:
    lab.put(count=ITEMS, state={"S": "new"})
    event = lab.event({FILE: filling(unitsPerSecond=150)})
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], stdin=subprocess.PIPE, env=dict(os.environ)
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(event).encode())
    process.stdin.close()
    until = time.monotonic() + 30
    while not (before := lab.steps().get("0001#backfill", {}).get("seen", 0)):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert None in channels(lab), "it was killed in the middle"
    assert lab.call(event)["next"] == "done"
    assert set(channels(lab)) == {"web"}
    step = lab.steps()["0001#backfill"]
    assert step["seen"] == ITEMS
    assert before < ITEMS


def test_of_two_invocations_the_later_one_goes_on(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.put(count=ITEMS, state={"S": "new"})
    event = lab.event({FILE: filling(unitsPerSecond=40_000)})
    apply, later = Filling.apply, []

    def overtaken(self: Any, item: Any) -> float:
        if not later:
            later.append(True)
            monkeypatch.setattr(Filling, "apply", apply)
            later.append(lab.call(event)["next"])
        return apply(self, item)

    monkeypatch.setattr(Filling, "apply", overtaken)
    with pytest.raises(TransientConflict, match="another invocation has taken the migration over"):
        lab.call(event)
    assert later[1] == "done"
    assert set(channels(lab)) == {"web"}
    assert lab.steps()["0001#backfill"]["state"] == "done"


def test_a_deployment_that_lost_its_claim_stops_after_the_page(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.put(count=ITEMS, state={"S": "new"})
    event = lab.event({FILE: filling(segments=1, unitsPerSecond=40_000)})
    apply = Filling.apply

    def robbed(self: Any, item: Any) -> float:
        monkeypatch.setattr(Filling, "apply", apply)
        lab.event({})
        return apply(self, item)

    monkeypatch.setattr(Filling, "apply", robbed)
    with pytest.raises(ClaimLost):
        lab.call(event)
    assert channels(lab).count("web") <= 25
    assert lab.steps()["0001#backfill"]["seen"] == 0


def test_the_capacity_that_is_used_stays_under_its_rate(lab: Any) -> None:
    lab.put(count=100, state={"S": "new"})
    before = time.monotonic()
    lab.migrate({FILE: filling(unitsPerSecond=150)})
    seconds = time.monotonic() - before
    units = lab.steps()["0001#backfill"]["units"]
    assert units >= 100, "a write of one unit for each item at least"
    # The last round's pause is not waited for.
    assert seconds > (units - 100) / 150
    assert seconds < 20


def test_only_items_of_where_are_changed(lab: Any) -> None:
    lab.put({"id": {"S": "1"}, "kind": {"S": "order"}, "size": {"N": "2"}})
    lab.put({"id": {"S": "2"}, "kind": {"S": "cart"}, "size": {"N": "2"}})
    lab.put({"id": {"S": "3"}, "kind": {"S": "order"}, "size": {"N": "3"}})
    lab.migrate({FILE: filling(where={"kind": "order", "size": 2})})
    assert {key for key, item in lab.items().items() if "channel" in item} == {"1"}


def test_a_copy_takes_the_other_type_and_leaves_items_without_a_source(lab: Any) -> None:
    lab.put({"id": {"S": "1"}, "total": {"N": "12.50"}, "size": {"S": "3"}})
    lab.put({"id": {"S": "2"}})
    copies = {
        "totalText": {"fromAttribute": "total", "as": "S"},
        "sizeNumber": {"fromAttribute": "size", "as": "N"},
        "plain": {"fromAttribute": "total"},
        "made": {"value": {"by": ["us", 1, None, True]}},
    }
    lab.migrate({FILE: {"table": "orders", "set": copies}})
    items = lab.items()
    assert float(items["1"]["totalText"]["S"]) == 12.5
    assert items["1"]["sizeNumber"] == {"N": "3"}
    assert items["1"]["plain"] == items["1"]["total"]
    made = {"M": {"by": {"L": [{"S": "us"}, {"N": "1"}, {"NULL": True}, {"BOOL": True}]}}}
    assert items["2"] == {"id": {"S": "2"}, "made": made}


def test_a_value_that_cannot_be_turned_is_named_and_the_file_may_be_mended(lab: Any) -> None:
    lab.put({"id": {"S": "7"}, "size": {"S": "large"}})
    copy = {"sizeNumber": {"fromAttribute": "size", "as": "N"}}
    with pytest.raises(
        MigrationFailed, match=r"0001_channel\.backfill\.json: .*item id '7': size is S 'large'"
    ):
        lab.migrate({FILE: {"table": "orders", "set": copy}})
    assert lab.steps()["0001#backfill"]["state"] == "failed"
    mended = {"table": "orders", "set": copy, "where": {"size": "3"}}
    assert lab.migrate({FILE: mended})["next"] == "done"


@pytest.fixture
def copying(lab: Any) -> Any:
    """The change of one item of the table, which copies `state` to `status`."""
    lab.put({"id": {"S": "1"}, "state": {"S": "new"}})
    table = Tables(lab.dynamodb, os.environ).describe("orders")
    change = FillIn("orders", {"status": Copy("state", None)}, Pass(1, 100, {}))
    return Filling(lab.dynamodb, table, change)


def test_an_item_that_changed_after_it_was_read_gets_what_it_has_now(
    lab: Any, copying: Any
) -> None:
    read = lab.items()["1"]
    lab.put({"id": {"S": "1"}, "state": {"S": "paid"}})
    assert copying.apply(read) > 0
    assert lab.items()["1"]["status"] == {"S": "paid"}


def test_an_item_that_was_given_the_attribute_meanwhile_keeps_it(lab: Any, copying: Any) -> None:
    read = lab.items()["1"]
    lab.put({"id": {"S": "1"}, "state": {"S": "paid"}, "status": {"S": "by blue"}})
    assert copying.apply(read) == 0
    assert lab.items()["1"]["status"] == {"S": "by blue"}


def test_an_item_that_was_deleted_meanwhile_does_not_come_back(lab: Any, copying: Any) -> None:
    read = lab.items()["1"]
    lab.dynamodb.delete_item(TableName=lab.table, Key={"id": {"S": "1"}})
    assert copying.apply(read) == 0
    assert lab.items() == {}


def test_cursors_of_every_type_of_key_are_kept(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{lab.table}-binary"
    lab.dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "B"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(60):
        key = {"pk": {"B": bytes([number])}, "sk": {"N": f"{number}.5"}}
        lab.dynamodb.put_item(TableName=name, Item=key)
    monkeypatch.setenv("GREENSHIFT_DYNAMODB_TABLES", json.dumps({"orders": name}))
    event = lab.event({FILE: filling(segments=1)})
    calls = 0
    while lab.call(event, seconds=1)["next"] == "again":
        calls += 1
    assert calls > 1
    items = lab.dynamodb.scan(TableName=name)["Items"]
    assert [item["channel"] for item in items] == [{"S": "web"}] * 60
    assert lab.steps()["0001#backfill"]["seen"] == 60
