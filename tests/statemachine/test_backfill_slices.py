"""The machine calls the migrator slice after slice, and how far it came is in the record, however it ends."""

from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import Service

from handlers import migrate_schema
from handlers.adapters.tools import Tools
from handlers.domain.codec import encode
from handlers.domain.messages import BackfillProgress, Schema
from handlers.errors import MigrationFailed

Slices = Callable[[dict[str, Any]], dict[str, Any]]


def slice_of(share: int) -> dict[str, Any]:
    progress = BackfillProgress("0002_channel", share * 10, 1000, share, 5, 100 - share, share / 2)
    following: Any = "done" if share == 100 else "again"
    return encode(Schema((), 2, 0, 1.0, "", progress, following, f"{share} % of about 1,000 rows"))


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How far each slice comes; MigrationFailed where they run out. Each continues on the one before."""
    ahead, seen = [30, 60, 100], [0]

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        before = event["schema"]["backfill"]["share"] if "schema" in event else 0
        assert before == seen[-1]
        if not ahead:
            raise MigrationFailed("migrations/0002_channel.backfill.sql:3: a check is violated")
        seen.append(ahead.pop(0))
        return slice_of(seen[-1])

    monkeypatch.setattr(migrate_schema, "handler", handler)
    return ahead


def recorded(run: Any) -> dict[str, Any]:
    return Tools().journal.phases(run.answer["deployment"])["MigrateSchema"]["section"]


def test_green_gets_traffic_after_the_last_slice(
    shop: Service, machine: Engine, shares: list[int]
) -> None:
    shop.upload("1.0.0")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert machine.calls.count("migrate_schema") == 3
    assert recorded(run)["backfill"]["share"] == 100
    assert_invariants(shop, run)


def test_a_backfill_that_fails_goes_back_and_its_progress_is_in_the_ledger(
    shop: Service, machine: Engine, shares: list[int]
) -> None:
    shares.pop()
    before = shop.revisions()
    shop.upload("1.0.0")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert "0002_channel.backfill.sql:3: a check is violated" in run.answer["reason"]
    assert recorded(run)["reason"] == "60 % of about 1,000 rows"
    assert shop.revisions() == before
    assert_invariants(shop, run)
