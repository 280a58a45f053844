"""The gate through the RDS Data API: what the rules can see, and no word of what they cannot."""

from typing import Any

import pytest

from handlers.errors import MigrationFailed, MigrationRefused

pytestmark = pytest.mark.parametrize("gated", ["data API"], indirect=True)

FIRST = {"0001_users.expand.sql": "CREATE TABLE users (id bigint PRIMARY KEY, name text);\n"}


def test_what_the_rules_accept_is_applied_and_the_record_says_how_far_they_see(gated: Any) -> None:
    assert gated.migrate(FIRST)["gate"] == "gate: 1 statement accepted; static only"


def test_what_would_break_blue_is_refused_before_anything_is_applied(gated: Any) -> None:
    gated.migrate(FIRST)
    breaking = "CREATE TABLE more ();\nALTER TABLE users DROP COLUMN name;"
    with pytest.raises(
        MigrationRefused, match=r"0002_x\.expand\.sql:2: drop-column: .*nothing was"
    ):
        gated.migrate({**FIRST, "0002_x.expand.sql": breaking})
    assert gated.value("SELECT to_regclass('more') IS NULL")


def test_the_rules_know_the_columns_that_the_database_has(gated: Any) -> None:
    gated.migrate(FIRST)
    wider = {**FIRST, "0002_x.expand.sql": "ALTER TABLE users ALTER COLUMN id TYPE bigint;"}
    same = gated.migrate(wider)["gate"]
    assert same == "gate: 1 statement accepted; static only"
    narrower = {**wider, "0003_y.expand.sql": "ALTER TABLE users ALTER COLUMN id TYPE int;"}
    with pytest.raises(MigrationRefused, match=r"0003_y\.expand\.sql:1"):
        gated.migrate(narrower)


def test_sql_that_does_not_parse_is_named_by_its_place(gated: Any) -> None:
    with pytest.raises(MigrationFailed, match=r"0001_x\.expand\.sql:1"):
        gated.migrate({"0001_x.expand.sql": "CREATE TABEL t ();"})


def test_a_waiver_lets_a_review_pass_and_is_told_with_its_reason(gated: Any) -> None:
    gated.migrate(FIRST)
    review = "UPDATE users SET name = '' WHERE id = 1;"
    with pytest.raises(MigrationRefused, match="update-rows"):
        gated.migrate({**FIRST, "0002_x.expand.sql": review})
    waived = f"-- greenshift: allow update-rows because it is one row\n{review}"
    answer = gated.migrate({**FIRST, "0002_x.expand.sql": waived})
    assert answer["gate"].endswith("; static only; update-rows waived: it is one row")
