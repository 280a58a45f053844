"""ALTER COLUMN TYPE with knowledge of the types before: a widening is no rewrite."""

import pytest

from handlers.adapters.syntax import parse
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.rules.judge import judge

PATH = "migrations/0002_x.expand.sql"


def rules(sql, columns):
    judged = judge(parse(PATH, sql), Facts(columns=columns))
    return [finding.rule for each in judged for finding in each.findings]


def changed(old, new):
    return rules(f"ALTER TABLE t ALTER COLUMN a TYPE {new}", {"public.t": {"a": old}})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("character varying(100)", "varchar(200)"),
        ("character varying(100)", "varchar"),
        ("character varying(100)", "text"),
        ("character varying", "text"),
        ("text", "varchar"),
        ("numeric(10,2)", "numeric(12,2)"),
        ("numeric(10,2)", "numeric"),
        ("numeric(5,0)", "decimal(8)"),
        ("timestamp(3) without time zone", "timestamp"),
        ("timestamp(3) with time zone", "timestamptz(6)"),
        ("time(0) without time zone", "time(3)"),
        ("bit varying(5)", "varbit(10)"),
        ("cidr", "inet"),
    ],
)
def test_a_widening_is_a_matter_of_warm_connections(old, new):
    assert changed(old, new) == ["widen-column-type"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("text", "varchar(40)"),
        ("character varying(100)", "varchar(40)"),
        ("character varying", "varchar(40)"),
        ("character(10)", "char(20)"),
        ("character(10)", "text"),
        ("integer", "bigint"),
        ("integer", "text"),
        ("numeric", "numeric(10,2)"),
        ("numeric(10,2)", "numeric(12,4)"),
        ("numeric(10,2)", "numeric(8,2)"),
        ("timestamp without time zone", "timestamptz"),
        ("timestamp without time zone", "timestamp(3)"),
        ("json", "jsonb"),
        ("character varying(10)[]", "varchar(20)[]"),
        ("order_state", "text"),
        ("inet", "cidr"),
    ],
)
def test_anything_else_is_refused(old, new):
    assert changed(old, new) == ["change-column-type"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("character varying(100)", "varchar(100)"),
        ("integer", "int4"),
        ("numeric(8,0)", "decimal(8)"),
        ("timestamp with time zone", "timestamptz"),
        ("timestamp(3) without time zone", "timestamp(3)"),
        ("double precision", "float8"),
        ("boolean", "bool"),
        ("text[]", "text[]"),
        ("shop.mood", "shop.mood"),
    ],
)
def test_the_same_type_is_no_change(old, new):
    assert changed(old, new) == []


def test_the_widening_names_both_types_and_the_error():
    sql = "ALTER TABLE shop.t ALTER COLUMN a TYPE varchar(9)"
    facts = Facts(columns={"shop.t": {"a": "character varying(5)"}})
    (finding,) = judge(parse(PATH, sql), facts)[0].findings
    assert "shop.t.a goes from character varying(5) to character varying(9)" in finding.breaks
    assert "0A000, cached plan must not change result type" in finding.breaks


def test_a_cast_or_a_collation_is_a_rewrite_however_wide():
    columns = {"public.t": {"a": "character varying(5)"}}
    assert rules("ALTER TABLE t ALTER a TYPE text USING a || ''", columns) == ["change-column-type"]
    assert rules('ALTER TABLE t ALTER a TYPE text COLLATE "C"', columns) == ["change-column-type"]


def test_facts_know_what_if_not_exists_will_make():
    made = "CREATE TABLE IF NOT EXISTS t (a int); CREATE INDEX i ON t (a)"
    assert rules(made, {"public.users": {}}) == []
    assert rules(made, {"public.t": {}}) == ["table-scan"]


def test_facts_know_what_if_exists_will_not_drop():
    assert rules("DROP TABLE IF EXISTS t", {"public.users": {}}) == []
    assert rules("DROP TABLE IF EXISTS t", {"public.t": {}}) == ["drop-table"]
    assert rules("DROP TABLE t", {"public.users": {}}) == ["drop-table"]


def test_facts_know_whether_a_column_is_new():
    sql = "ALTER TABLE t ADD COLUMN IF NOT EXISTS b int; ALTER TABLE t DROP COLUMN b"
    assert rules(sql, {"public.t": {"a": "integer"}}) == []
    assert rules(sql, {"public.t": {"b": "integer"}}) == ["drop-column"]
    assert rules(sql, None) == ["drop-column"]
