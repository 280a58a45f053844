"""Statements outside a transaction that need a session: locks with a time-out, and an end that comes with it."""

from typing import Any

import pytest

from handlers.adapters.database import statement_runner
from handlers.errors import MigrationChanged, MigrationFailed

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL);\n"
INDEX = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_item ON public.orders (item);\n"
FILES = {"0001_orders.expand.sql": ORDERS, "0002_item.expand.sql": INDEX}


def valid(lab: Any) -> list[Any]:
    return lab.ask(
        "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid "
        "WHERE relname LIKE 'orders_item%'"
    )


def test_clustering_all_tables_is_run_outside_a_transaction_also_a_second_time(lab: Any) -> None:
    event = lab.event({"0001_orders.expand.sql": ORDERS, "0002_order.expand.sql": "CLUSTER"})
    assert lab.call(event)["statements"] == 2
    lab.ask("UPDATE greenshift.statements SET state = 'started', ended_at = NULL WHERE version = 2")
    assert lab.call(event)["next"] == "done"
    assert lab.statements("state")[-1] == ["done"]


def test_a_statement_that_only_postgresql_knows_to_be_outside_is_run_there(lab: Any) -> None:
    """REINDEX of a partitioned table cannot run in a transaction; its text does not show it."""
    files = {
        "0001_parts.expand.sql": "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);"
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9);",
        "0002_reindex.expand.sql": "REINDEX TABLE parts",
    }
    assert lab.migrate(files)["statements"] == 3


def test_a_build_that_outlasts_an_invocation_is_made_whole_by_the_next(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for an older transaction, and so does dropping what it has begun: the text stays binding."""
    monkeypatch.setattr(statement_runner, "CLEAR_MS", 300)
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    with lab.connection() as writer:
        writer.run("BEGIN")
        writer.run("INSERT INTO orders VALUES (1, 'tea')")
        with pytest.raises(MigrationFailed, match="cancelled at the end of the migrator's time"):
            lab.call(lab.event(FILES), seconds=17)
        writer.run("COMMIT")
    assert (lab.statements("state"), valid(lab)) == ([["done"], ["started"]], [[False]])
    with pytest.raises(MigrationChanged, match="was begun on"):
        lab.migrate({**FILES, "0002_item.expand.sql": "SELECT 1"})
    assert lab.migrate(FILES)["next"] == "done"
    assert valid(lab) == [[True]]
