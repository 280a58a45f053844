"""A contract that is refused, fails, or is stopped: what it has left is known, and can be finished."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from contract_store import CONTRACT, DROP, EXPANDED, FIRST, SECOND, Store
from engine import LambdaDied, Run
from invariants import assert_invariants

REFUSED = {
    "a statement that fails": ("ALTER TABLE orders DROP COLUMN none;", "NothingContracted: "),
    "settings, and then one that fails": ("SET work_mem = '8MB';\nDROP TABLE none;", ":2: "),
    "what is never run": ("BEGIN;\nALTER TABLE orders DROP COLUMN old;", "BEGIN is refused"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_contract_that_changes_nothing_is_rejected_and_leaves_the_way_back_open(
    store: Store, case: str
) -> None:
    sql, told = REFUSED[case]
    store.release("1.0.0", FIRST)
    store.release("1.1.0", {**EXPANDED, "0002_channel.contract.sql": sql})
    run = store.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert told in run.answer["reason"]
    assert "migrations/0002_channel.contract.sql" in run.answer["reason"]
    assert store.contracts() == []
    assert_invariants(store.service, run)
    older = store.machine.run({"release": "1.0.0"})
    assert older.end == "Released", older
    assert_invariants(store.service, older)


def test_a_contract_that_fails_half_way_stays_closed_behind_it_and_can_be_finished(
    store: Store,
) -> None:
    sql = f"{DROP}\nALTER TABLE orders ALTER COLUMN channel SET NOT NULL;"
    store.release("1.0.0", FIRST)
    store.release("1.1.0", {**EXPANDED, "0002_channel.contract.sql": sql})
    store.ask("INSERT INTO orders (id) VALUES (1)")
    revisions = store.service.revisions()
    run = store.machine.run(CONTRACT)
    assert run.end == "RolledBack", run
    assert "migrations/0002_channel.contract.sql:2: " in run.answer["reason"]
    assert "what was applied of the contract stays applied" in run.answer["reason"]
    assert '{"action": "contract"}' in run.answer["reason"]
    assert store.service.revisions() == revisions
    assert store.contracts() == [("0002_channel", "1.1.0", False)]
    assert_invariants(store.service, run)
    for request in ({"release": "1.0.0"}, {"action": "rollback"}):
        refused = store.machine.run(request)
        assert refused.end == "Rejected", refused
        assert "was begun on 20" in refused.answer["reason"]
        assert "may have been applied in part" in refused.answer["reason"]
    store.ask("UPDATE orders SET channel = 'web'")
    again = store.machine.run(CONTRACT)
    assert again.end == "Released", again
    assert store.contracts() == [("0002_channel", "1.1.0", True)]
    assert_invariants(store.service, again)


def test_a_contract_whose_expand_is_not_applied_is_rejected(released: Store) -> None:
    released.ask("UPDATE greenshift.statements SET state = 'failed' WHERE version = 2")
    run = released.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert "migrations/0002_channel.expand.sql is not applied yet" in run.answer["reason"]
    assert released.columns() == {"id", "old", "channel"}
    assert_invariants(released.service, run)


def test_a_backfill_that_was_left_is_finished_before_the_contract(store: Store) -> None:
    backfill = (
        "-- table: orders\n-- key: id\n-- traffic: before\n"
        "UPDATE orders SET channel = 'web' WHERE id > $1 AND id <= $2 AND channel IS NULL;"
    )
    binds = "ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;"
    store.release("1.0.0", FIRST)
    files = {
        **EXPANDED,
        "0002_channel.backfill.sql": backfill,
        "0002_channel.contract.sql": binds,
    }
    store.release("1.1.0", files)
    store.ask("INSERT INTO orders (id) SELECT generate_series(1, 3000)")
    left = "UPDATE greenshift.statements SET state = 'started', cursor = NULL, ended_at = NULL"
    store.ask(f"{left} WHERE part = 'backfill'")
    run = store.machine.run(CONTRACT)
    assert run.end == "Released", run
    assert "applied 0002_channel: 1 statement" in run.answer["reason"]
    assert "backfilled 0002_channel: 3,000 rows" in run.answer["reason"]
    assert store.ask("SELECT count(*) FROM orders WHERE channel = 'web'") == [[3000]]
    assert_invariants(store.service, run)


@pytest.mark.parametrize(
    ("phase", "when"),
    [
        ("plan", "after"),
        ("migrate_schema", "before"),
        ("migrate_schema", "after"),
        ("finalize", "before"),
        ("finalize", "after"),
    ],
)
def test_a_contract_that_was_stopped_is_closed_and_can_be_run_again(
    released: Store, phase: str, when: str
) -> None:
    machine, reached = released.machine, threading.Event()
    revisions = released.service.revisions()

    def stop(called: str, document: Mapping[str, Any]) -> None:
        if called == phase and not reached.is_set():
            machine.stop(document["execution"])
            reached.set()

    setattr(machine, when, stop)
    execution = machine.start(CONTRACT, f"stopped-{phase}-{when}")
    assert reached.wait(60)
    run = machine.wait(execution)
    machine.settle()
    recovery = machine.recover(run)
    if (phase, when) == ("finalize", "before"):
        # The Lambda ran on and closed the contract before the recovery came.
        assert recovery is None
    elif (phase, when) == ("finalize", "after"):
        assert recovery is None
    else:
        assert recovery is not None
        assert recovery.end == "RolledBack", recovery
        assert_invariants(released.service, recovery)
        assert released.contracts() == [("0002_channel", "1.1.0", False)]
        assert released.machine.run({"release": "1.0.0"}).end == "Rejected"
    assert released.service.revisions() == revisions
    again = machine.run(CONTRACT)
    assert again.end == ("NothingToDo" if phase == "finalize" else "Released"), again
    assert released.columns() == {"id", "channel"}
    assert_invariants(released.service, again)


@pytest.mark.parametrize("phase", ["plan", "migrate_schema", "finalize"])
def test_a_lost_answer_changes_nothing(released: Store, phase: str) -> None:
    lost: list[str] = []

    def lose(called: str, document: Mapping[str, Any]) -> None:
        if called == phase and not lost:
            lost.append(called)
            raise LambdaDied("Lambda.Unknown")

    released.machine.after = lose
    run = released.machine.run(CONTRACT)
    assert (run.end, lost) == ("Released", [phase]), run
    assert released.ask("SELECT count(*) FROM greenshift.statements WHERE part = 'contract'") == [
        [1]
    ]
    assert_invariants(released.service, run)


def test_a_plan_that_never_answered_has_begun_nothing(released: Store) -> None:
    def lose(called: str, document: Mapping[str, Any]) -> None:
        if called == "plan":
            raise LambdaDied("Lambda.Unknown")

    released.machine.after = lose
    run = released.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert released.contracts() == []
    assert_invariants(released.service, run)


def test_of_two_contracts_at_once_one_runs_and_the_other_has_nothing_to_do(
    released: Store,
) -> None:
    others: list[Run] = []

    def start(called: str, document: Mapping[str, Any]) -> None:
        if called == "migrate_schema" and not others:
            others.append(released.machine.run(CONTRACT))
            others.append(released.machine.run({"action": "rollback"}))
            others.append(released.machine.run({"release": "1.0.0"}))

    released.machine.before = start
    run = released.machine.run(CONTRACT)
    assert run.end == "Released", run
    second, rollback, older = others
    assert second.end == "NothingToDo", second
    assert second.answer["reason"] == (f"1.1.0 is being contracted by {run.answer['deployment']}")
    assert rollback.end == "Rejected", rollback
    assert "from which there is no way back" in rollback.answer["reason"]
    assert older.end == "Rejected", older
    for each in (run, *others):
        assert_invariants(released.service, each)


def test_a_contract_while_a_release_is_deployed_is_rejected_as_busy(released: Store) -> None:
    seen: list[Run] = []

    def ask(called: str, document: Mapping[str, Any]) -> None:
        if called == "verify_green":
            seen.append(released.machine.run(CONTRACT))

    released.machine.before = ask
    released.release("1.2.0", SECOND)
    assert [each.end for each in seen] == ["Rejected"]
    assert seen[0].answer["findings"][0]["code"] == "ServiceBusy"
    assert released.columns() == {"id", "old", "channel"}


def test_a_contract_that_has_ended_cannot_be_woken(released: Store) -> None:
    run = released.machine.run(CONTRACT)
    document = {
        "service": released.service.name,
        "execution": run.arn,
        "startedAt": run.answer["startedAt"],
        "request": CONTRACT,
    }
    planned = released.machine.call("plan", document)
    assert planned["errorType"] == "DeploymentClosed"
    failure = {"Error": planned["errorType"], "Cause": json.dumps(planned)}
    again = released.machine.call("roll_back", {**document, "failure": failure})
    assert again["outcome"] == "Released", "what it answered before"
    assert released.contracts() == [("0002_channel", "1.1.0", True)]


def test_the_contracts_of_a_later_release_follow_those_before(released: Store) -> None:
    assert released.machine.run(CONTRACT).end == "Released"
    third = {
        "0003_paid.expand.sql": "ALTER TABLE orders ADD COLUMN paid boolean;",
        "0003_paid.contract.sql": "ALTER TABLE orders DROP COLUMN channel;",
    }
    released.release("1.2.0", SECOND | third)
    run = released.machine.run(CONTRACT)
    assert run.end == "Released", run
    assert run.answer["reason"].startswith("applied 0003_paid: 1 statement")
    assert released.contracts() == [
        ("0002_channel", "1.1.0", True),
        ("0003_paid", "1.2.0", True),
    ]
    assert released.columns() == {"id", "paid"}


def test_a_bundle_that_is_gone_is_refused_before_anything_is_begun(released: Store) -> None:
    service = released.service
    key = f"releases/{service.name}/1.1.0.zip"
    for each in service.s3.list_object_versions(Bucket=service.bucket, Prefix=key)["Versions"]:
        service.s3.delete_object(Bucket=service.bucket, Key=key, VersionId=each["VersionId"])
    run = released.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert run.answer["findings"][0]["code"] == "BundleGone"
    assert released.contracts() == []


def test_the_older_invocation_of_a_contract_that_was_refused_applies_nothing(
    store: Store,
) -> None:
    """It was given up for dead, and comes to the database after the refusal."""
    store.release("1.0.0", FIRST)
    bad = "ALTER TABLE orders DROP COLUMN none;"
    store.release("1.1.0", {**EXPANDED, "0002_channel.contract.sql": bad})
    kept: list[Mapping[str, Any]] = []
    store.machine.before = lambda called, document: (
        kept.append(document) if called == "migrate_schema" else None
    )
    assert store.machine.run(CONTRACT).end == "Rejected"
    store.ask("ALTER TABLE orders ADD COLUMN none text")
    late = store.machine.call("migrate_schema", kept[0])
    assert late["errorType"] == "ClaimLost"
    assert "none" in store.columns()


def test_a_service_without_a_database_has_nothing_contracted(
    released: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GREENSHIFT_DATABASE_SECRET")
    run = released.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert "the service has no database" in run.answer["reason"]
    assert released.contracts() == []


def test_a_contract_is_refused_while_a_newer_releases_expand_is_applied(store: Store) -> None:
    store.release("1.0.0", FIRST)
    store.release("1.1.0", SECOND)
    check = '[[checks]]\nname = "up"\nfunction = "api"\nhttp = {method = "GET", path = "/"}\n'
    newer = {**SECOND, "0003_paid.expand.sql": "ALTER TABLE orders ADD COLUMN paid boolean;"}
    failing = f"{check}expect = {{status = 418}}"
    store.service.upload("1.2.0", migrations=newer, extra=failing)
    assert store.machine.run({"release": "1.2.0"}).end == "RolledBack"
    run = store.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert "migrations/0003_paid.expand.sql was applied on 20" in run.answer["reason"]
    assert store.columns() == {"id", "old", "channel", "paid"}
