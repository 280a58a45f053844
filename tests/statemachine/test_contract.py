"""A contract: after the rollback window, on its own, and never past what can still be called (I4)."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants
from pg8000.native import Connection
from service import Service

from handlers.adapters.tools import Tools
from handlers.gating import in_deployment
from infra.local.postgres import Database, Postgres

CONTRACT = {"action": "contract"}
FIRST = {"0001_orders.expand.sql": "CREATE TABLE orders (id int PRIMARY KEY, old text);"}
EXPANDED = {**FIRST, "0002_channel.expand.sql": "ALTER TABLE orders ADD COLUMN channel text;"}
DROP = "ALTER TABLE orders DROP COLUMN old;"
SECOND = {**EXPANDED, "0002_channel.contract.sql": DROP}
ACCEPT = in_deployment.accept
PAST = 0.000_01
"""A rollback window in hours that is over when the release has answered."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    postgres = Postgres(tmp_path_factory.mktemp("postgres"))
    try:
        yield postgres.start()
    finally:
        postgres.stop()


class Store:
    """A service with a database, and its machine."""

    def __init__(self, service: Service, machine: Engine, database: Database) -> None:
        self.service, self.machine, self.database = service, machine, database

    def ask(self, sql: str, name: str | None = None) -> list[list[Any]]:
        """As the superuser, outside Greenshift."""
        database = self.database
        connection = Connection(
            database.user,
            password=database.password,
            host=database.host,
            port=database.port,
            database=name or database.name,
        )
        try:
            return connection.run(sql) or []
        finally:
            connection.close()

    def columns(self) -> set[str]:
        found = self.ask(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'orders'"
        )
        return {name for (name,) in found}

    def register(self, **changes: Any) -> None:
        database = {"kind": "postgres", "secretArn": os.environ["GREENSHIFT_DATABASE_SECRET"]}
        self.service.register(database={**database, "role": "app"}, **changes)

    def release(self, number: str, migrations: Mapping[str, str], **details: Any) -> Run:
        self.service.upload(number, migrations=migrations, **details)
        run = self.machine.run({"release": number})
        assert run.end == "Released", run
        return run

    def live(self) -> dict[str, Any]:
        found = Tools().journal.live(self.service.name)
        assert found is not None
        return found

    def contracts(self) -> list[tuple[str, str, bool]]:
        known = Tools().contracts.of(self.service.name)
        return [(each.title, each.release, each.done) for each in known]


@pytest.fixture
def store(
    shop: Service,
    machine: Engine,
    server: Database,
    aws: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Store:
    # How a contract goes is what most tests ask; nobody judges its statements.
    monkeypatch.setattr(in_deployment, "accept", lambda *_: "gate: not in this test")
    database = replace(server, name=shop.name)
    document = {
        "host": database.host,
        "port": database.port,
        "username": database.user,
        "password": database.password,
        "dbname": database.name,
        "sslmode": "disable",
    }
    secret = aws.client("secretsmanager").create_secret(
        Name=f"{shop.name}-login", SecretString=json.dumps(document)
    )
    monkeypatch.setenv("GREENSHIFT_SERVICE", shop.name)
    monkeypatch.setenv("GREENSHIFT_DATABASE_SECRET", secret["ARN"])
    found = Store(shop, machine, database)
    found.ask(f"CREATE DATABASE {shop.name}", "postgres")
    found.register(rollbackWindowHours=PAST)
    return found


@pytest.fixture
def released(store: Store) -> Store:
    """1.1.0 is live, its window over, and its contract is still to be applied."""
    store.release("1.0.0", FIRST)
    store.release("1.1.0", SECOND)
    assert store.columns() == {"id", "old", "channel"}
    return store


def test_a_contract_after_the_window_changes_the_schema_and_moves_no_alias(
    released: Store,
) -> None:
    revisions, live = released.service.revisions(), released.live()
    run = released.machine.run({**CONTRACT, "release": "1.1.0", "by": "schedule"})
    assert (run.end, run.states) == (
        "Released",
        ["Receive", "What?", "Plan", "Then?", "MigrateSchema", "Migrated?", "Finalize", "Released"],
    )
    assert released.columns() == {"id", "channel"}
    assert released.service.revisions() == revisions
    assert released.live() == live, "what is live, and since when, is as it was"
    assert run.answer["reason"].startswith("applied 0002_channel: 1 statement, locks held for")
    assert (run.answer["release"], run.answer["blue"]) == ("1.1.0", {"api": "3"})
    assert run.answer["green"] == {"api": "unchanged"}
    assert released.contracts() == [("0002_channel", "1.1.0", True)]
    record = assert_invariants(released.service, run)
    assert (record["action"], record["source"]) == ("contract", "schedule")
    statements = "SELECT version, part, number, state FROM greenshift.statements"
    assert [2, "contract", 1, "done"] in released.ask(statements)


def test_a_contract_that_ran_is_nothing_to_do(released: Store) -> None:
    first = released.machine.run(CONTRACT)
    again = released.machine.run(CONTRACT)
    assert again.end == "NothingToDo", again
    at = first.answer["endedAt"]
    assert again.answer["reason"] == f"release 1.1.0 is contracted since {at}: 0002_channel"
    assert_invariants(released.service, again)


def test_a_contract_before_the_windows_end_is_rejected_with_when_to_come_again(
    store: Store,
) -> None:
    store.release("1.0.0", FIRST)
    store.register(rollbackWindowHours=24)
    store.release("1.1.0", SECOND)
    run = store.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert finding["code"] == "RollbackWindowOpen"
    assert f"ends at {store.live()['rollbackUntil']}, and 1.0.0 may need" in finding["what"]
    assert "start it again after that with `greenshift contract" in finding["do"]
    assert store.columns() == {"id", "old", "channel"}
    assert store.contracts() == []
    assert_invariants(store.service, run)
    assert store.machine.run({"action": "rollback"}).end == "RolledBack"


@pytest.mark.parametrize("asked", [{"release": "1.0.0"}, {}], ids=["named", "whichever"])
def test_a_release_that_is_not_live_any_more_is_not_contracted(
    store: Store, asked: dict[str, str]
) -> None:
    store.release("1.0.0", {**FIRST, "0001_orders.contract.sql": DROP})
    store.release("1.1.0", EXPANDED | {"0001_orders.contract.sql": DROP})
    store.register(rollbackWindowHours=24)
    store.release("1.2.0", EXPANDED | {"0001_orders.contract.sql": DROP})
    run = store.machine.run({**CONTRACT, **asked})
    assert store.columns() == {"id", "old", "channel"}
    if asked:
        assert run.end == "NothingToDo", run
        reason = f"release 1.0.0 is not live any more: 1.2.0 is live since {store.live()['since']}"
        assert run.answer["reason"] == reason
    else:
        assert run.end == "Rejected", run
    assert_invariants(store.service, run)


def test_there_is_nothing_to_contract_without_contract_files_or_a_release(store: Store) -> None:
    run = store.machine.run(CONTRACT)
    assert run.end == "NothingToDo", run
    assert "no release of" in run.answer["reason"]
    store.release("1.0.0", FIRST)
    run = store.machine.run(CONTRACT)
    assert run.end == "NothingToDo", run
    assert run.answer["reason"] == "release 1.0.0 has no contract migrations"
    assert_invariants(store.service, run)


def test_a_rollback_past_a_contract_is_refused_beforehand(released: Store) -> None:
    assert released.machine.run(CONTRACT).end == "Released"
    revisions = released.service.revisions()
    run = released.machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    (contract,) = Tools().contracts.of(released.service.name)
    assert run.answer["reason"] == (
        f"a contract of 1.1.0 (0002_channel) ran on {contract.at}: 1.0.0 can no longer read the "
        "schema; deploy a new release that does what 1.0.0 did on the schema as it is now"
    )
    assert released.service.revisions() == revisions
    assert_invariants(released.service, run)


def test_a_release_that_was_made_before_the_contract_is_refused_also_when_typed(
    released: Store,
) -> None:
    assert released.machine.run(CONTRACT).end == "Released"
    released.service.upload("1.2.0", migrations=EXPANDED)
    for number in ("1.0.0", "1.2.0"):
        run = released.machine.run({"release": number})
        assert run.end == "Rejected", run
        (finding,) = run.answer["findings"]
        assert (finding["code"], finding["where"]) == ("ContractedPast", f"release {number}")
        assert "a contract of 1.1.0 (0002_channel) ran on" in finding["what"]
        assert "a new release that has the contract file of 0002_channel" in finding["do"]
        assert_invariants(released.service, run)
    released.release("1.3.0", SECOND)
    back = released.machine.run({"action": "rollback"})
    assert "the rollback window of 1.3.0" in back.answer["reason"], "not the contract's doing"


def test_a_rollback_to_a_release_that_knows_the_contract_is_possible(released: Store) -> None:
    assert released.machine.run(CONTRACT).end == "Released"
    released.register(rollbackWindowHours=24)
    released.release("1.2.0", SECOND)
    back = released.machine.run({"action": "rollback"})
    assert back.end == "RolledBack", back
    assert released.live()["release"] == "1.1.0"
    assert released.live()["contracts"] == ["0002_channel"]
    assert_invariants(released.service, back)
    assert released.machine.run(CONTRACT).end == "NothingToDo"


def test_a_release_that_was_gone_back_to_is_contracted_when_what_was_undone_is_past(
    store: Store,
) -> None:
    store.release("1.0.0", SECOND)
    store.register(rollbackWindowHours=24)
    store.release("1.1.0", SECOND)
    until = store.live()["rollbackUntil"]
    assert store.machine.run({"action": "rollback"}).end == "RolledBack"
    run = store.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert f"ends at {until}, and the release before it" in run.answer["reason"]


@pytest.mark.parametrize("way", ["alias", "shared alias", "event source", "live"])
def test_a_contract_is_refused_while_another_version_can_be_called(
    released: Store, aws: Any, way: str
) -> None:
    service = released.service
    name, lambda_ = service.function("api"), service.lambda_
    if way == "alias":
        lambda_.create_alias(FunctionName=name, Name="beta", FunctionVersion="2")
        where, told = f"{name}:beta", "this alias serves version 2, and 1.1.0 is version 3"
    elif way == "shared alias":
        lambda_.create_alias(
            FunctionName=name,
            Name="beta",
            FunctionVersion="3",
            RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
        )
        where, told = f"{name}:beta", "this alias serves version 2 and 3"
    elif way == "event source":
        queue = aws.client("sqs").create_queue(QueueName=f"{service.name}-queue")["QueueUrl"]
        arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        source = arn["Attributes"]["QueueArn"]
        lambda_.create_event_source_mapping(
            EventSourceArn=source, FunctionName=f"{name}:2", Enabled=False
        )
        where, told = f"{name}:2", f"{source} calls {name}:2"
    else:
        lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
        where, told = f"{name}:live", "it serves version 2, and 1.1.0 is version 3"
    run = released.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert finding["where"] == where
    assert told in finding["what"]
    assert finding["do"].endswith("then start the contract again")
    assert released.columns() == {"id", "old", "channel"}
    assert released.contracts() == []


def test_aliases_and_event_sources_of_the_live_version_are_no_hindrance(
    released: Store, aws: Any
) -> None:
    service = released.service
    name, lambda_ = service.function("api"), service.lambda_
    lambda_.create_alias(FunctionName=name, Name="also", FunctionVersion="3")
    sqs = aws.client("sqs")
    for number, qualifier in enumerate(("live", "also", "3")):
        url = sqs.create_queue(QueueName=f"{service.name}-fine-{number}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        lambda_.create_event_source_mapping(
            EventSourceArn=arn["Attributes"]["QueueArn"],
            FunctionName=f"{name}:{qualifier}",
            Enabled=False,
        )
    assert released.machine.run(CONTRACT).end == "Released"


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
