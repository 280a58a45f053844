"""Types that widen and narrow, fingerprints, and differences in plain words."""

from dataclasses import replace

import pytest

from handlers.domain.schema.gate.catalog.fingerprint import (
    differences,
    fingerprint,
    without_administration,
)
from handlers.domain.schema.gate.catalog.snapshot import (
    Column,
    Constraint,
    Enum,
    Extension,
    Privilege,
    Relation,
    Setting,
    Snapshot,
)
from handlers.domain.schema.gate.catalog.types import type_change

TYPES = [
    ("text", "text", "same"),
    ("character varying(10)", "character varying(20)", "wider"),
    ("character varying(10)", "character varying", "wider"),
    ("character varying", "text", "wider"),
    ("smallint", "integer", "wider"),
    ("integer", "bigint", "wider"),
    ("integer", "numeric", "wider"),
    ("numeric(10,2)", "numeric(12,2)", "wider"),
    ("numeric(10,2)", "numeric(13,4)", "wider"),
    ("numeric(10,2)", "numeric", "wider"),
    ("timestamp(3) without time zone", "timestamp without time zone", "wider"),
    ("real", "double precision", "wider"),
    ("character varying(20)", "character varying(10)", "narrower"),
    ("text", "character varying(40)", "narrower"),
    ("text", "character varying", "narrower"),
    ("bigint", "integer", "narrower"),
    ("integer", "numeric(4,0)", "narrower"),
    ("numeric(10,2)", "numeric(10,4)", "narrower"),
    ("numeric", "numeric(10,2)", "narrower"),
    ("character(3)", "character(5)", "narrower"),
    ("timestamp without time zone", "timestamp(3) without time zone", "narrower"),
    ("timestamp without time zone", "timestamp with time zone", "other"),
    ("integer", "text", "other"),
    ("integer", "integer[]", "other"),
    ("public.mood", "text", "other"),
]


@pytest.mark.parametrize(("before", "after", "expected"), TYPES)
def test_a_type_is_wider_only_where_it_takes_all_that_the_old_one_took(before, after, expected):
    assert type_change(before, after) == expected


TABLE = Relation(
    schema="public",
    name="orders",
    kind="table",
    columns=(Column(name="id", type="bigint", not_null=True), Column(name="at", type="date")),
    constraints=(Constraint(name="c", kind="check", definition="CHECK ((id > 0))"),),
    privileges=(Privilege("blue_app", "SELECT"),),
    oid=16400,
    owner="postgres",
)
CATALOG = Snapshot(relations=(TABLE,), enums=(Enum(schema="public", name="m", labels=("a",)),))


def with_table(**changes):
    return replace(CATALOG, relations=(replace(TABLE, **changes),))


def test_what_holds_in_one_database_only_counts_for_no_fingerprint():
    other = with_table(oid=99, owner="orders_owner", revision="7")

    assert fingerprint(other) == fingerprint(CATALOG)
    assert fingerprint(CATALOG).startswith("sha256:")
    assert differences(other, CATALOG) == ()


DRIFT = [
    (
        with_table(columns=(*TABLE.columns, Column(name="note", type="text"))),
        "table public.orders has the column note, which no migration makes",
    ),
    (
        with_table(columns=TABLE.columns[:1]),
        "table public.orders has no column at, which the migrations make",
    ),
    (
        with_table(columns=(TABLE.columns[0], Column(name="at", type="text"))),
        "column at of table public.orders: type is text, the migrations make it date",
    ),
    (
        with_table(columns=(TABLE.columns[0], Column(name="at", type="date", not_null=True))),
        "column at of table public.orders: not null is yes, the migrations make it no",
    ),
    (
        with_table(columns=TABLE.columns[::-1]),
        "table public.orders: its columns are in another order than the migrations make",
    ),
    (
        with_table(constraints=()),
        "table public.orders has no check constraint c, which the migrations make",
    ),
    (
        with_table(privileges=(*TABLE.privileges, Privilege("dba", "DELETE"))),
        "table public.orders has the privilege DELETE of dba, which no migration makes",
    ),
    (
        with_table(row_security=True),
        "table public.orders: row security is yes, the migrations make it no",
    ),
    (
        replace(CATALOG, relations=()),
        "the table public.orders is missing, which the migrations make",
    ),
    (
        replace(CATALOG, enums=(Enum(schema="public", name="m", labels=("a", "b")),)),
        "enum type public.m: labels is a, b, the migrations make it a",
    ),
    (
        replace(CATALOG, settings=(Setting("blue", False, "work_mem", "1MB"),)),
        "there is the setting work_mem of role blue in every database, which no migration makes",
    ),
]


@pytest.mark.parametrize(("live", "said"), DRIFT)
def test_drift_is_told_in_plain_words(live, said):
    assert differences(live, CATALOG) == (said,)
    assert fingerprint(live) != fingerprint(CATALOG)


def test_what_only_watches_the_server_can_be_left_out_of_account():
    watched = (*CATALOG.extensions, Extension("pg_stat_statements", "1.12"))
    live = replace(CATALOG, extensions=watched)
    assert differences(without_administration(live), without_administration(CATALOG)) == ()
    other = replace(CATALOG, extensions=(*watched, Extension("postgis", "3.5")))
    (said,) = differences(without_administration(other), without_administration(CATALOG))
    assert said == "there is the extension postgis, which no migration makes"


def test_grants_can_be_left_out_of_account():
    live = with_table(privileges=())

    assert differences(without_administration(live), without_administration(CATALOG)) == ()
