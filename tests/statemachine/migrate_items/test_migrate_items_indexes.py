"""Indexes are added once, waited for until they are whole, and never made otherwise."""

import threading
from typing import Any

import pytest

from handlers.errors import ClaimLost, MigrationFailed, MigrationRefused

FILE = "migrations/0001_by_state.expand.json"
STATE = {"name": "state", "type": "S", "role": "HASH"}
PLACED = {"name": "placed", "type": "N", "role": "RANGE"}
BY_STATE = {
    "table": "orders",
    "addIndex": {"name": "by-state", "keys": [STATE, PLACED], "projection": ["total"]},
}


def adding(**changes: Any) -> dict[str, Any]:
    return {**BY_STATE, "addIndex": {**BY_STATE["addIndex"], **changes}}


def test_an_index_is_there_and_whole_when_it_is_done(lab: Any) -> None:
    lab.put({"id": {"S": "1"}, "state": {"S": "new"}, "placed": {"N": "5"}, "total": {"N": "9"}})
    section = lab.migrate({FILE: BY_STATE})
    assert section["next"] == "done"
    assert section["applied"] == ["0001_by_state.expand"]
    assert section["reason"] == "applied 0001_by_state.expand"
    assert section["gate"] == "gate: item shapes are not declared: nothing was checked"
    index = lab.indexes()["by-state"]
    assert index["IndexStatus"] == "ACTIVE"
    assert not index.get("Backfilling")
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]}
    assert lab.steps()["0001#expand"]["state"] == "done"


def test_while_dynamodb_makes_the_index_the_machine_comes_again(lab: Any) -> None:
    event = lab.event({FILE: BY_STATE})
    first = lab.call(event, seconds=1)
    assert first["next"] == "again"
    assert "DynamoDB is making the index by-state" in first["reason"]
    assert lab.indexes()["by-state"]["IndexStatus"] == "CREATING"
    assert lab.call(event)["next"] == "done"
    assert lab.indexes()["by-state"]["IndexStatus"] == "ACTIVE"


def test_two_indexes_are_made_one_after_the_other(lab: Any) -> None:
    second = adding(name="by-placed", keys=[{**PLACED, "role": "HASH"}], projection="KEYS_ONLY")
    lab.migrate({FILE: BY_STATE, "migrations/0002_by_placed.expand.json": second})
    assert {each["IndexStatus"] for each in lab.indexes().values()} == {"ACTIVE"}
    assert len(lab.indexes()) == 2


def test_an_index_that_is_there_already_is_done(lab: Any) -> None:
    lab.migrate({FILE: BY_STATE})
    again = lab.migrate({FILE: BY_STATE})
    assert (again["applied"], again["alreadyApplied"]) == ([], 1)
    lab.migrate({FILE: BY_STATE, "migrations/0002_again.expand.json": BY_STATE})
    assert lab.steps()["0002#expand"]["state"] == "done"


@pytest.mark.parametrize(
    "change", [{"keys": [STATE]}, {"projection": "ALL"}, {"projection": ["total", "note"]}]
)
def test_an_index_of_the_same_name_that_is_made_otherwise_is_refused(
    lab: Any, change: dict[str, Any]
) -> None:
    lab.migrate({FILE: BY_STATE})
    files = {FILE: BY_STATE, "migrations/0002_again.expand.json": adding(**change)}
    with pytest.raises(MigrationRefused, match=r"0002_again\.expand\.json:4: index-differs: "):
        lab.migrate(files)


def test_a_table_that_makes_another_index_is_waited_for(lab: Any) -> None:
    lab.dynamodb.update_table(
        TableName=lab.table,
        AttributeDefinitions=[{"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-kind",
                    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    assert lab.migrate({FILE: BY_STATE})["next"] == "done"


def test_two_invocations_together_make_one_index(lab: Any) -> None:
    event = lab.event({FILE: BY_STATE})
    ends: list[str] = []

    def run() -> None:
        try:
            ends.append(lab.call(event)["next"])
        except Exception as error:  # noqa: BLE001 - the test tells them apart by name
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "done" in ends
    assert set(ends) <= {"done", "TransientConflict"}
    assert lab.call(event)["next"] == "done"
    assert list(lab.indexes()) == ["by-state"]


def test_without_the_claim_nothing_is_changed(lab: Any) -> None:
    stale = lab.event({FILE: BY_STATE})
    lab.event({})
    with pytest.raises(ClaimLost, match="not ours any more"):
        lab.call(stale)
    assert lab.indexes() == {}
    assert lab.steps() == {}


def test_a_claim_that_is_closed_changes_nothing(lab: Any) -> None:
    event = lab.event({FILE: BY_STATE})
    lab.tools.ledger.transact(*lab.tools.claims.closing(lab.claim))
    with pytest.raises(ClaimLost):
        lab.call(event)
    assert lab.indexes() == {}


def test_a_table_that_is_not_registered_or_not_there_is_refused_by_name(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MigrationFailed, match="carts is not a table of the service"):
        lab.migrate({FILE: {**BY_STATE, "table": "carts"}})
    monkeypatch.setenv("GREENSHIFT_DYNAMODB_TABLES", '{"orders": "gone"}')
    with pytest.raises(MigrationFailed, match="the table gone of the service does not exist"):
        lab.migrate({FILE: BY_STATE})


def test_a_provisioned_table_gives_its_index_what_it_has_itself(lab: Any) -> None:
    lab.dynamodb.update_table(
        TableName=lab.table,
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3},
    )
    lab.migrate({FILE: BY_STATE})
    given = lab.indexes()["by-state"]["ProvisionedThroughput"]
    assert (given["ReadCapacityUnits"], given["WriteCapacityUnits"]) == (7, 3)


def test_a_gate_that_only_reports_tells_and_stops_nothing(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENSHIFT_DATABASE_GATE", "report")
    writes = {"table": "orders", "key": {"id": "S"}, "puts": {"state": "N"}}
    section = lab.migrate({FILE: BY_STATE}, blue={"statements/put_order.json": writes})
    assert section["applied"] == ["0001_by_state.expand"]
    assert section["gate"].startswith(
        "gate (reports only): migrations/0001_by_state.expand.json:5: index-key-type: blue writes"
    )
