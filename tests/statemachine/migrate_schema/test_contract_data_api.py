"""A contract through the RDS Data API: answers that get lost, and what its gate cannot try."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from handlers.adapters.database.data_api import outside
from handlers.errors import NothingContracted

pytestmark = pytest.mark.parametrize("gated", ["data API"], indirect=True)

EXPAND = {
    "0001_users.expand.sql": "CREATE TABLE users (id bigint PRIMARY KEY, old text, name text);"
    "CREATE INDEX users_old ON users (old);"
}
DROP = "ALTER TABLE users DROP COLUMN old;"
INDEX = "DROP INDEX CONCURRENTLY users_old;"


@pytest.fixture
def reporting(gated: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A lab whose gate tells and stops nothing, in which the expands are applied."""
    monkeypatch.setenv("GREENSHIFT_DATABASE_GATE", "report")
    gated.migrate(EXPAND)
    return gated


def event(lab: Any, sql: str) -> dict[str, Any]:
    return lab.event({**EXPAND, "0001_users.contract.sql": sql}, next="migrateSchema")


def has_old(lab: Any) -> bool:
    return bool(
        lab.value(
            "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass "
            "AND attname = 'old' AND NOT attisdropped)"
        )
    )


def test_what_only_the_live_releases_statements_could_show_is_refused_with_the_ways_out(
    gated: Any,
) -> None:
    gated.migrate(EXPAND)
    with pytest.raises(NothingContracted) as raised:
        gated.call(event(gated, DROP))
    assert str(raised.value) == (
        "migrations/0001_users.contract.sql:1: drop-column: whether the live release still needs "
        "what this takes away cannot be tried through the Data API; let the migrator reach the "
        "database in its VPC, or register it with gate='report', which tells of this and goes on"
    )
    assert has_old(gated)


def test_a_gate_that_reports_tells_of_it_and_lets_the_contract_go_on(reporting: Any) -> None:
    answer = reporting.call(event(reporting, DROP))
    assert answer["next"] == "contracted"
    assert answer["gate"].startswith("gate (reports only): migrations/0001_users.contract.sql:1: ")
    assert "cannot be tried through the Data API" in answer["gate"]
    assert not has_old(reporting)


def test_what_hurts_whoever_serves_is_refused_by_its_own_name(gated: Any) -> None:
    gated.migrate(EXPAND)
    with pytest.raises(NothingContracted, match=r":2: lock-table: "):
        gated.call(event(gated, f"{DROP}\nLOCK TABLE users;"))
    assert has_old(gated)


def test_what_takes_nothing_away_from_a_reader_is_applied(gated: Any) -> None:
    gated.migrate(EXPAND)
    answer = gated.call(event(gated, "COMMENT ON TABLE users IS 'without old names';"))
    assert (answer["next"], answer["gate"]) == (
        "contracted",
        "gate: 1 statement accepted; static only",
    )


def test_what_is_a_matter_of_review_is_applied_with_a_waiver(gated: Any) -> None:
    gated.migrate(EXPAND)
    with pytest.raises(NothingContracted, match=r":1: drop-index: whether the live release"):
        gated.call(event(gated, INDEX))
    reason = "only the old column was looked up by it"
    waived = f"-- greenshift: allow drop-index because {reason}\n{INDEX}"
    answer = gated.call(event(gated, waived))
    assert answer["next"] == "contracted"
    assert answer["gate"].endswith(f"static only; drop-index waived: {reason}")


def test_a_commit_whose_answer_was_lost_is_found_and_not_made_again(reporting: Any) -> None:
    def lose(at: str, body: Mapping[str, Any]) -> None:
        if body.get("sql", "") == DROP.rstrip(";"):
            reporting.api.lost.add("/CommitTransaction")

    reporting.api.faults.append(lose)
    assert reporting.call(event(reporting, DROP))["next"] == "contracted"
    assert not reporting.api.lost
    assert not has_old(reporting)


def test_what_outlasts_its_call_and_its_invocation_is_seen_to_its_end(
    reporting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "POLL_SECONDS", 0.05)
    reporting.api.call_seconds = 0.3
    document = event(reporting, f"{INDEX}\n{DROP}")
    with reporting.connection() as reader, ThreadPoolExecutor(1) as pool:
        reader.run("BEGIN")
        reader.run("SELECT * FROM users")
        assert reporting.call(document, seconds=15.5)["next"] == "again"
        assert has_old(reporting)
        following = pool.submit(reporting.call, document)
        reader.run("COMMIT")
        assert following.result(30)["next"] == "contracted"
    assert not has_old(reporting)
    assert reporting.value("SELECT to_regclass('users_old') IS NULL")
