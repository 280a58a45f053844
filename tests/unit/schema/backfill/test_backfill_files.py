"""A backfill file is a header and one keyset statement; whatever else it is, one sentence says where and what to do."""

from typing import Any

import pytest

from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.schema.backfill.backfill import Backfill, read_backfill
from handlers.errors import MigrationFailed

PATH = "migrations/0002_channel.backfill.sql"
HEADER = "-- table: orders\n-- key: id\n"
STATEMENT = "UPDATE orders SET channel = 'web' WHERE id > $1 AND id <= $2"


def read(text: str) -> Backfill:
    file = parse_migration_path(PATH)
    assert file is not None
    return read_backfill(file, text)


def test_a_header_says_the_table_the_key_and_otherwise_what_is_usual() -> None:
    header = read(HEADER + STATEMENT).header
    assert (header.table, header.key) == (("orders",), "id")
    assert (header.batch, header.before_traffic, header.lag_seconds) == (1000, False, 5)


def test_a_header_may_say_more_between_lines_of_prose() -> None:
    text = (
        "-- Orders of before channels came from the web: see https://example.com\n\n"
        '-- table:  Shop."Odd ""orders" \n--key: Id\n-- batch: 200\n'
        "-- traffic: before\n-- wait: 60\n-- lag: 10\n-- of 2019 and later\n"
        + STATEMENT
        + "; -- and that is all: nothing follows\n"
    )
    header = read(text).header
    assert header.table == ("shop", 'Odd "orders')
    assert (header.key, header.batch, header.wait_seconds) == ("id", 200, 60)
    assert (header.before_traffic, header.lag_seconds) == (True, 10)


def test_white_space_and_pace_may_change_and_what_it_does_may_not() -> None:
    one = read(HEADER + STATEMENT).checksum
    assert (
        read(HEADER + "-- batch: 5\n-- lag: 9\n/* so */ " + STATEMENT.replace(" ", "  ")).checksum
        == one
    )
    assert read(HEADER + STATEMENT.replace("web", "app")).checksum != one
    assert read(HEADER.replace("orders", "public.orders") + STATEMENT).checksum != one


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (True, "UPDATE orders SET channel = 'web' WHERE id >= 3 AND id <= 9"),
        (False, "UPDATE orders SET channel = 'web' WHERE id > 3 AND id <= 9"),
    ],
)
def test_the_first_batch_takes_in_its_lower_key(first: bool, expected: str) -> None:
    assert read(HEADER + STATEMENT).keyset.bound("3", "9", first=first) == expected


def test_limits_are_set_wherever_they_stand_and_never_inside_quotes() -> None:
    statement = (
        'WITH old AS (SELECT id FROM orders AS o WHERE o.id /* from */ > $1 AND o . "id"<=$2)\n'
        "UPDATE orders SET note = '$1 > $2' FROM old WHERE a > 5 AND orders.id = old.id AND old.id>$1"
    )
    assert read(HEADER + statement).keyset.bound("A", "B", first=True) == (
        'WITH old AS (SELECT id FROM orders AS o WHERE o.id /* from */ >= A AND o . "id"<=B)\n'
        "UPDATE orders SET note = '$1 > $2' FROM old WHERE a > 5 AND orders.id = old.id AND old.id>=A"
    )


BAD: list[Any] = [
    pytest.param(STATEMENT, "1: the backfill has no table; write a line like -- table: orders", id="no header"),
    pytest.param("-- table: orders\n" + STATEMENT, "1: the backfill has no key, without which it cannot be taken up again", id="no key"),
    pytest.param(HEADER + "-- speed: 3\n" + STATEMENT, "3: speed is no header of a backfill; write table, key, batch,", id="unknown header"),
    pytest.param(HEADER + "-- key: id\n" + STATEMENT, "3: key is said twice", id="a header twice"),
    pytest.param(HEADER + "-- batch: many\n" + STATEMENT, "3: batch is 'many'; write a number from 1 to 50,000", id="batch is a word"),
    pytest.param(HEADER + "-- batch: 0\n" + STATEMENT, "3: batch is '0'; write a number from 1", id="batch is nothing"),
    pytest.param(HEADER + "-- batch: 50001\n" + STATEMENT, "3: batch is '50001'", id="batch is huge"),
    pytest.param(HEADER + "-- batch: \u0663\n" + STATEMENT, "3: batch is '\u0663'", id="batch in other digits"),
    pytest.param(HEADER + "-- traffic: maybe\n" + STATEMENT, "3: traffic is 'maybe'; write after, or before", id="traffic"),
    pytest.param(HEADER + "-- wait: 60\n" + STATEMENT, "3: wait is for a backfill that green need not wait for", id="wait alone"),
    pytest.param("-- table: orders; DROP TABLE orders\n-- key: id\n" + STATEMENT, "1: 'orders; DROP TABLE orders' is not the name of a table", id="not a table"),
    pytest.param("-- table: a.b.c\n-- key: id\n" + STATEMENT, "1: 'a.b.c' is not the name of a table", id="three parts"),
    pytest.param("-- table:\n-- key: id\n" + STATEMENT, "1: '' is not the name of a table", id="an empty name"),
    pytest.param("-- table: orders\n-- key: id, at\n" + STATEMENT, "2: the key id, at has several columns; choose one column", id="two columns"),
    pytest.param("-- table: orders\n-- key: o.id\n" + STATEMENT, "2: 'o.id' is not the name of a column", id="a qualified key"),
    pytest.param('-- table: "orders\n-- key: id\n' + STATEMENT, '1: \'"orders\' is not the name of a table', id="an open name"),
    pytest.param(HEADER, "1: the backfill has no statement; write one UPDATE", id="no statement"),
    pytest.param(HEADER + STATEMENT + ";\n" + STATEMENT, "4: a backfill is one statement, and here a second one begins", id="two statements"),
    pytest.param(HEADER + "CREATE TABLE t ()", "3: CREATE moves no rows; write one UPDATE", id="DDL"),
    pytest.param(HEADER + "SELECT 1", "3: SELECT moves no rows", id="a query"),
    pytest.param(HEADER + "WITH a AS (SELECT 1) SELECT 2", "3: WITH moves no rows", id="a query with WITH"),
    pytest.param(HEADER + "INSERT INTO orders VALUES ($1, $2)", "3: an INSERT without SELECT has no keys", id="VALUES"),
    pytest.param(HEADER + "UPDATE orders\nSET a = 1", "3: the statement has no $1; limit it with WHERE id > $1 AND id <= $2", id="no limits"),
    pytest.param(HEADER + "DELETE FROM orders WHERE id > $1", "3: the statement has no $2", id="no upper limit"),
    pytest.param(HEADER + "DELETE FROM orders WHERE '$1' < '$2'", "3: the statement has no $1", id="limits in quotes"),
    pytest.param(HEADER + "DELETE FROM orders\nWHERE id >= $1 AND id <= $2", "4: $1 is not a limit of the key; write id > $1 AND id <= $2", id="inclusive"),
    pytest.param(HEADER + "DELETE FROM orders WHERE id > $1 AND id < $2", "3: $2 is not a limit of the key", id="exclusive"),
    pytest.param(HEADER + "DELETE FROM orders WHERE id BETWEEN $1 AND $2", "3: $1 is not a limit of the key", id="between"),
    pytest.param(HEADER + "DELETE FROM orders WHERE at > $1 AND id <= $2", "3: $1 is not a limit of the key", id="another column"),
    pytest.param(HEADER + "DELETE FROM orders WHERE (id) > $1 AND id <= $2", "3: $1 is not a limit of the key", id="brackets"),
    pytest.param(HEADER + "DELETE FROM orders WHERE id > $1 AND id <= $2 AND a = $3", "3: $3 stands for nothing; only $1 and $2", id="a third"),
    pytest.param(HEADER + "DELETE FROM orders WHERE id > 'a", "3: the string that begins here does not end", id="an open string"),
    pytest.param(HEADER + "BEGIN", "3: BEGIN is refused", id="a transaction"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_what_is_no_backfill_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(MigrationFailed) as raised:
        read(text)
    assert str(raised.value).startswith(f"{PATH}:{sentence}")
