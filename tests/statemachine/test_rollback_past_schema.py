"""Which schema changes close the way back past the release before the live one."""

from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import Service
from ways_back import back, live, release, standing, stays

from handlers.adapters.tools import Tools
from handlers.domain.earlier import SchemaChange
from handlers.errors import (
    ChecksFailed,
    MigrationFailed,
    MigrationRefused,
    ProvisioningFailed,
    SchemaDrifted,
)

TABLE = {"0001_notes.expand.sql": "CREATE TABLE notes (id bigint PRIMARY KEY)"}
MORE = {"0002_vat.expand.sql": "ALTER TABLE notes ADD COLUMN vat text"}


def with_database(service: Service) -> None:
    secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:notes"
    service.register(database={"kind": "postgres", "secretArn": secret, "role": "notes"})


def test_a_schema_change_that_an_earlier_release_was_never_tried_with_closes_the_way(
    shop: Service, machine: Engine
) -> None:
    with_database(shop)
    release(machine, shop, "1.0.0", "1.1.0", migrations=TABLE)
    first, *more = Tools().history.changes(shop.name)
    assert (first.titles, first.settled, more) == (("0001_notes",), True, [])
    former = live(shop)["former"]["digest"]
    release(machine, shop, "1.2.0", migrations=TABLE | MORE)
    assert stays(shop)["1.0.0"].digest == former

    run = back(machine, "1.0.0")
    assert run.end == "Rejected", run
    assert run.answer["reason"] == (
        "0002_vat of 1.2.0 may have changed the schema since, and was never tried with it; "
        "deploy 1.0.0 again instead"
    )
    assert live(shop)["release"] == "1.2.0"
    assert back(machine, "1.1.0").end == "RolledBack", "it was the blue of that change"
    assert_invariants(shop, run)


@pytest.mark.parametrize(
    ("phase", "error", "open_"),
    [
        ("migrate_schema", MigrationRefused, True),
        ("migrate_schema", SchemaDrifted, True),
        ("provision_green", ProvisioningFailed, True),
        ("migrate_schema", MigrationFailed, False),
        ("verify_green", ChecksFailed, False),
    ],
    ids=["refused", "drifted", "no green", "failed half-way", "migrated"],
)
def test_a_deployment_that_has_changed_nothing_of_the_schema_closes_no_way_back(
    shop: Service, machine: Engine, phase: str, error: type[Exception], open_: bool
) -> None:
    with_database(shop)
    release(machine, shop, "1.0.0", "1.1.0", migrations=TABLE)

    def fail(called: str, document: Any) -> None:
        if called == phase:
            raise error("no")

    machine.before = fail
    shop.upload("1.1.1", migrations=TABLE | MORE)
    assert machine.run({"release": "1.1.1"}).end in ("RolledBack", "Rejected")
    machine.before = lambda called, document: None
    left = [each.release for each in Tools().history.changes(shop.name)]
    assert left == (["1.0.0"] if open_ else ["1.0.0", "1.1.1"])

    release(machine, shop, "1.2.0", migrations=TABLE)
    run = back(machine, "1.0.0")
    assert run.end == ("RolledBack" if open_ else "Rejected"), run
    assert open_ or "0002_vat of 1.1.1 may have changed the schema" in run.answer["reason"]
    assert_invariants(shop, run)


@pytest.mark.parametrize(
    ("phase", "closes"), [("provision_green", False), ("migrate_schema", True)]
)
def test_a_stop_closes_the_way_back_only_where_the_migrator_may_have_been_called(
    shop: Service, machine: Engine, phase: str, closes: bool
) -> None:
    with_database(shop)
    release(machine, shop, "1.0.0", migrations=TABLE)

    def stop(called: str, document: Any) -> None:
        if called == phase:
            machine.stop(document["execution"])
            raise RuntimeError("its Lambda died")

    machine.before = stop
    shop.upload("1.1.0", migrations=TABLE | MORE)
    stopped = machine.run({"release": "1.1.0"})
    assert stopped.status == "ABORTED"
    run = machine.run({"action": "recover", "execution": stopped.arn})
    assert run.end in ("RolledBack", "Rejected"), run
    left = [each.release for each in Tools().history.changes(shop.name)]
    assert left == (["1.0.0", "1.1.0"] if closes else ["1.0.0"])


def test_the_nearest_way_back_is_open_past_a_schema_change_and_says_so(
    shop: Service, machine: Engine
) -> None:
    """A deployment that failed has left it there: only the live release was tried with it."""
    standing(shop)
    history = Tools().history
    change = SchemaChange(release="1.2.0", deployment="d", titles=("0002_vat",), token=3)
    Tools().ledger.put(history.changing(shop.name, change))
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith(
        "rolled back by hand; it was never tried with the schema change 0002_vat of 1.2.0"
    )
    assert_invariants(shop, run)
