"""A contract's statements before the gate: the live release is asked whether it misses anything."""

import pytest
from contract_store import ACCEPT, CONTRACT, FIRST, SECOND, Store

from handlers.adapters.tools import Tools
from handlers.gating import in_deployment

READS = "-- parameters: 1\nSELECT id, channel FROM orders WHERE id = $1;"
READS_OLD = "-- parameters: 1\nSELECT id, old FROM orders WHERE id = $1;"


@pytest.fixture
def gated(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The gate judges, with what the code's role may do."""
    monkeypatch.setattr(in_deployment, "accept", ACCEPT)
    store.ask("DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN END $$")
    store.ask("ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE ON TABLES TO app")
    monkeypatch.setenv("GREENSHIFT_DATABASE_ROLE", "app")
    return store


def test_the_gate_lets_go_what_the_live_release_does_not_miss(gated: Store) -> None:
    gated.release("1.0.0", FIRST, statements={"read": READS_OLD})
    gated.release("1.1.0", SECOND, statements={"read": READS})
    run = gated.machine.run(CONTRACT)
    assert run.end == "Released", run
    section = Tools().journal.phases(run.answer["deployment"])["MigrateSchema"]["section"]
    assert section["gate"] == "gate: 1 statement accepted"


def test_the_gate_refuses_what_the_live_release_itself_still_uses(gated: Store) -> None:
    gated.release("1.0.0", FIRST, statements={"read": READS_OLD})
    gated.release("1.1.0", SECOND, statements={"read": READS_OLD})
    run = gated.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert "migrations/0002_channel.contract.sql:1: " in run.answer["reason"]
    assert "read" in run.answer["reason"]
    assert gated.columns() == {"id", "old", "channel"}
    assert gated.contracts() == []
    assert gated.machine.run({"release": "1.0.0"}).end == "Released"


def test_the_gate_refuses_what_nobody_has_shown_the_live_release_not_to_use(gated: Store) -> None:
    gated.release("1.0.0", FIRST)
    gated.release("1.1.0", SECOND)
    run = gated.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert "migrations/0002_channel.contract.sql:1: " in run.answer["reason"]
    assert "its bundle has no statements/*.sql; add those" in run.answer["reason"]
    assert "old" in gated.columns()


def test_a_release_after_a_contract_is_judged_on_the_contracted_schema(gated: Store) -> None:
    """The column that the contract took away comes back as another one: in any other order the
    history would not make what the database is.
    """
    gated.release("1.0.0", FIRST)
    gated.release("1.1.0", SECOND, statements={"read": READS})
    assert gated.machine.run(CONTRACT).end == "Released"
    again = {**SECOND, "0003_old.expand.sql": "ALTER TABLE orders ADD COLUMN old int;"}
    gated.release("1.2.0", again)
    assert gated.columns() == {"id", "old", "channel"}
    third = {**again, "0004_paid.expand.sql": "ALTER TABLE orders ADD COLUMN paid boolean;"}
    gated.release("1.3.0", third)
    changed = {**third, "0002_channel.contract.sql": "ALTER TABLE orders DROP COLUMN channel;"}
    changed["0005_more.expand.sql"] = "ALTER TABLE orders ADD COLUMN more text;"
    gated.service.upload("1.4.0", migrations=changed)
    run = gated.machine.run({"release": "1.4.0"})
    assert run.end == "RolledBack", run
    assert "MigrationChanged: migrations/0002_channel.contract.sql:1" in run.answer["reason"]
