"""Statements that PostgreSQL runs in no transaction: announced before, looked at after, put right when half made."""

from typing import Any

import pytest

from handlers.errors import MigrationChanged, MigrationFailed

pytestmark = pytest.mark.parametrize("lab", ["wire", "data API"], indirect=True)

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL);\n"
INDEX = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_item ON public.orders (item);\n"
FILES = {"0001_orders.expand.sql": ORDERS, "0002_item.expand.sql": INDEX}


def valid(lab: Any, name: str = "orders_item") -> list[Any]:
    return lab.ask(
        "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid "
        f"WHERE relname LIKE '{name}%' ORDER BY 1"
    )


def half_made(lab: Any) -> None:
    """Two equal items, and the invalid index that a failing build of another run leaves."""
    lab.ask("INSERT INTO orders VALUES (1, 'tea'), (2, 'tea')")
    with lab.connection() as connection, pytest.raises(Exception, match="duplicate"):
        connection.run(INDEX)
    assert valid(lab) == [[False]]


def test_an_index_is_made_concurrently(lab: Any) -> None:
    answer = lab.migrate(FILES)
    assert (answer["statements"], valid(lab)) == (2, [[True]])


def test_an_invalid_index_is_not_taken_for_the_index_but_made_again(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    half_made(lab)
    lab.ask("DELETE FROM orders WHERE id = 2")
    lab.migrate(FILES)
    assert valid(lab) == [[True]]


def test_a_build_that_fails_leaves_no_invalid_index_and_may_be_corrected(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    lab.ask("INSERT INTO orders VALUES (1, 'tea'), (2, 'tea')")
    with pytest.raises(
        MigrationFailed,
        match=r"0002_item\.expand\.sql:1: could not create unique index .*\(SQLSTATE 23505\)",
    ):
        lab.migrate(FILES)
    assert valid(lab) == []
    assert lab.statements("state", "error")[1][0] == "failed"
    corrected = {**FILES, "0002_item.expand.sql": INDEX.replace("UNIQUE ", "")}
    assert lab.migrate(corrected)["applied"] == ["0002_item"]
    assert valid(lab) == [[True]]


@pytest.mark.parametrize("left", ["nothing", "invalid", "whole"])
def test_an_announced_build_whose_end_nobody_saw_is_finished(lab: Any, left: str) -> None:
    lab.migrate(FILES)
    lab.ask("UPDATE greenshift.statements SET state = 'started', ended_at = NULL WHERE version = 2")
    if left != "whole":
        lab.ask("DROP INDEX orders_item")
    if left == "invalid":
        half_made(lab)
        lab.ask("DELETE FROM orders WHERE id = 2")
    before = lab.ask("SELECT to_regclass('orders_item')::oid")
    answer = lab.migrate(FILES)
    assert (answer["applied"], valid(lab)) == (["0002_item"], [[True]])
    assert lab.statements("state") == [["done"], ["done"]]
    if left == "whole":
        assert lab.ask("SELECT to_regclass('orders_item')::oid") == before, "it was not made twice"


def test_an_announced_statement_keeps_its_text_until_its_end_is_known(lab: Any) -> None:
    lab.migrate(FILES)
    lab.ask("UPDATE greenshift.statements SET state = 'started' WHERE version = 2")
    with pytest.raises(MigrationChanged, match=r"sha256:\w{12} was begun on"):
        lab.migrate({**FILES, "0002_item.expand.sql": INDEX.replace("UNIQUE ", "")})


OUTSIDE = [
    "DROP INDEX CONCURRENTLY orders_note",
    "REINDEX INDEX CONCURRENTLY orders_note",
    "REINDEX (VERBOSE) TABLE CONCURRENTLY public.orders",
    "REINDEX (CONCURRENTLY) TABLE orders",
    "VACUUM (ANALYZE) orders",
    "ALTER SYSTEM SET log_min_duration_statement = -1",
]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_what_cannot_run_in_a_transaction_is_run_outside_one_also_a_second_time(
    lab: Any, sql: str
) -> None:
    files = {
        "0001_orders.expand.sql": ORDERS + "CREATE INDEX orders_note ON orders (item);",
        "0002_outside.expand.sql": sql,
    }
    event = lab.event(files)
    assert lab.call(event)["statements"] == 3
    lab.ask("UPDATE greenshift.statements SET state = 'started', ended_at = NULL WHERE version = 2")
    assert lab.call(event)["next"] == "done"
    assert lab.statements("state")[-1] == ["done"]


def test_a_database_that_was_created_before_the_answer_was_lost_is_not_created_again(
    lab: Any,
) -> None:
    event = lab.event({"0001_more.expand.sql": f'CREATE DATABASE "{lab.service}_more"'})
    lab.call(event)
    lab.ask("UPDATE greenshift.statements SET state = 'started', ended_at = NULL")
    assert lab.call(event)["next"] == "done"


def test_what_an_interrupted_reindex_left_is_dropped_before_the_next(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS + "CREATE INDEX orders_item ON orders (item);"})
    lab.ask("CREATE INDEX orders_item_ccnew ON orders (item)")
    lab.ask(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_item_ccnew'::regclass"
    )
    lab.migrate(
        {
            "0001_orders.expand.sql": ORDERS + "CREATE INDEX orders_item ON orders (item);",
            "0002_fresh.expand.sql": "REINDEX INDEX CONCURRENTLY orders_item",
        }
    )
    assert valid(lab) == [[True]]
