"""A contract in the migrator, by both transports: fenced, once, and sealed when nothing came of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from handlers.errors import ClaimLost, MigrationFailed, NothingContracted

pytestmark = pytest.mark.parametrize("lab", ["wire", "data API"], indirect=True)

HEADER = "-- table: orders\n-- key: id\n-- traffic: before\n"
EXPAND = {
    "0001_orders.expand.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, old text, new text);"
    "INSERT INTO orders SELECT n, 'tea' FROM generate_series(1, 500) n;"
    "CREATE INDEX orders_old ON orders (old);"
}
BACKFILL = {
    "0001_orders.backfill.sql": HEADER + "UPDATE orders SET new = old WHERE id > $1 AND id <= $2"
}
DROP = {
    "0001_orders.contract.sql": "ALTER TABLE orders ALTER COLUMN new SET NOT NULL;\n"
    "DROP INDEX CONCURRENTLY orders_old;\nALTER TABLE orders DROP COLUMN old;"
}


def event(lab: Any, files: Mapping[str, str], **changes: Any) -> dict[str, Any]:
    return lab.event(files, next="migrateSchema", **changes)


def columns(lab: Any) -> list[str]:
    return [name for (name,) in lab.ask(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = 'orders'::regclass "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )]  # fmt: skip


def states(lab: Any) -> list[Any]:
    found = lab.ask(
        "SELECT state FROM greenshift.statements WHERE part = 'contract' ORDER BY number"
    )
    return [state for (state,) in found]


def test_a_contract_is_applied_after_the_backfill_that_was_left_and_once(lab: Any) -> None:
    lab.migrate(EXPAND)
    document = event(lab, {**EXPAND, **BACKFILL, **DROP})
    answer = lab.call(document)
    assert (answer["next"], answer["applied"]) == ("contracted", ["0001_orders"])
    assert columns(lab) == ["id", "new"]
    assert lab.value("SELECT count(*) FROM orders WHERE new = 'tea'") == 500
    assert lab.value("SELECT to_regclass('orders_old') IS NULL")
    assert lab.call(document)["next"] == "contracted"
    assert states(lab) == ["done", "done", "done"]


def test_a_contract_of_a_deployment_that_was_overtaken_removes_nothing(lab: Any) -> None:
    lab.migrate(EXPAND)
    late = event(lab, {**EXPAND, **DROP})
    lab.migrate(EXPAND)
    with pytest.raises(ClaimLost):
        lab.call(late)
    assert columns(lab) == ["id", "old", "new"]


def test_nothing_contracted_is_final_for_the_deployment_and_not_for_the_next(lab: Any) -> None:
    lab.migrate(EXPAND)
    wrong = event(lab, {**EXPAND, "0001_orders.contract.sql": "DROP TABLE missing;"})
    with pytest.raises(NothingContracted, match=r"0001_orders\.contract\.sql:1: "):
        lab.call(wrong)
    right = {**wrong, "deployment": event(lab, {**EXPAND, **BACKFILL, **DROP})["deployment"]}
    right["deployment"]["token"] = wrong["deployment"]["token"]
    with pytest.raises(ClaimLost):
        lab.call(right)
    assert columns(lab) == ["id", "old", "new"]
    lab.token = right["deployment"]["token"]
    assert lab.call(event(lab, {**EXPAND, **BACKFILL, **DROP}))["next"] == "contracted"


def test_a_contract_that_fails_half_way_keeps_what_was_applied_and_is_finished_later(
    lab: Any,
) -> None:
    lab.migrate(EXPAND)
    half = "ALTER TABLE orders DROP COLUMN old;\nALTER TABLE orders ALTER COLUMN new SET NOT NULL;"
    files = {**EXPAND, "0001_orders.contract.sql": half}
    with pytest.raises(MigrationFailed, match=r"0001_orders\.contract\.sql:2: ") as raised:
        lab.call(event(lab, files))
    assert type(raised.value) is MigrationFailed, "what is half applied is not nothing"
    assert (columns(lab), states(lab)) == (["id", "new"], ["done", "failed"])
    lab.ask("UPDATE orders SET new = 'tea'")
    assert lab.call(event(lab, files))["next"] == "contracted"
    assert states(lab) == ["done", "done"]
