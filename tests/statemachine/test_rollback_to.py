"""The way back past the release before the live one, and what the ledger keeps for it."""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from person import Told, person
from service import GOOD, Service
from states import States

from handlers import roll_back
from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.ledger import Put
from handlers.adapters.tools import Tools
from handlers.domain.earlier import Earlier, SchemaChange
from handlers.errors import (
    ChecksFailed,
    MigrationFailed,
    MigrationRefused,
    ProvisioningFailed,
    SchemaDrifted,
)
from handlers.rolling_back import wake

PROBE = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/"}
expect = {status = 200}
"""
TABLE = {"0001_notes.expand.sql": "CREATE TABLE notes (id bigint PRIMARY KEY)"}
MORE = {"0002_vat.expand.sql": "ALTER TABLE notes ADD COLUMN vat text"}


def release(machine: Engine, service: Service, *numbers: str, **details: Any) -> Run:
    for number in numbers:
        service.upload(number, **details)
        run = machine.run({"release": number})
        assert run.end == "Released", run
    return run


def with_database(service: Service) -> None:
    secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:notes"
    service.register(database={"kind": "postgres", "secretArn": secret, "role": "notes"})


def back(machine: Engine, to: str) -> Run:
    return machine.run({"action": "rollback", "to": to})


def live(service: Service) -> Mapping[str, Any]:
    found = Tools().journal.live(service.name)
    assert found is not None
    return found


def stays(service: Service) -> dict[str, Earlier]:
    return {each.release: each for each in Tools().history.earlier(service.name, iso(now()))}


def test_a_rollback_goes_past_the_release_before_in_one_step(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    release(machine, pair, "1.0.0", extra=PROBE)
    only_api = {"api": GOOD + "\n# 1.1.0\n"}
    release(machine, pair, "1.1.0", sources=only_api)
    release(machine, pair, "1.2.0")
    until = live(pair)["rollbackUntil"]

    unknown = back(machine, "0.9.0")
    assert unknown.end == "Rejected", unknown
    told = f"`greenshift rollback {pair.name} --to RELEASE` goes to 1.1.0 or 1.0.0"
    assert told in unknown.answer["reason"]
    already = back(machine, "1.2.0")
    assert already.end == "Rejected", already
    assert "1.2.0 is live since" in already.answer["reason"]
    assert live(pair)["release"] == "1.2.0"

    machine.calls.clear()
    run = back(machine, "1.0.0")
    assert (run.end, machine.calls) == ("RolledBack", ["roll_back"]), run
    assert run.answer["release"] == "1.0.0"
    assert run.answer["reason"] == "rolled back by hand to 1.0.0; blue answered 1 of 1 probes"
    assert {each["version"] for each in pair.live().values()} == {"2"}
    assert len(Tools().journal.flips(run.answer["deployment"])) == 2, "one call a function"
    assert_invariants(pair, run)
    assert (live(pair)["release"], live(pair)["rollbackUntil"]) == ("1.0.0", until)

    nothing = machine.run({"release": "latest"})
    assert nothing.end == "NothingToDo", "what was gone back from does not come back by itself"
    assert back(machine, "1.2.0").end == "Rejected", "what was gone back from is deployed again"
    forth = back(machine, "1.1.0")
    assert forth.end == "RolledBack", "too far back is mended"
    assert pair.live()["api"]["version"] == "3"
    assert pair.live()["worker"]["version"] == "2", "1.1.0 had left it as it was"
    assert_invariants(pair, forth)

    again = release(machine, pair, "1.3.0")
    assert_invariants(pair, again)
    assert live(pair)["former"]["release"] == "1.1.0", "blue is what was live"
    undone = machine.run({"action": "rollback"})
    assert (undone.end, live(pair)["release"]) == ("RolledBack", "1.1.0")
    assert back(machine, "1.3.0").end == "Rejected"


def test_after_a_rollback_a_plain_one_goes_no_further_and_names_where_the_other_goes(
    shop: Service, machine: Engine
) -> None:
    release(machine, shop, "1.0.0", "1.1.0", "1.2.0", "1.3.0")
    assert back(machine, "1.1.0").end == "RolledBack"
    run = machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    assert run.answer["reason"] == (
        f"{shop.name} went back to 1.1.0 at {live(shop)['since']}, and a rollback without --to "
        f"goes no further; `greenshift rollback {shop.name} --to RELEASE` goes to 1.0.0 or 1.2.0"
    )
    assert back(machine, "1.0.0").end == "RolledBack"
    assert_invariants(shop, run)


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


def standing(service: Service) -> dict[str, Any]:
    """1.1.0 is live and 1.0.0 may be gone back to, as two releases would have left it."""
    for key in service.kinds:
        for number in ("1.0.0", "1.1.0"):
            version = service.publish(key, GOOD + f"\n# {number}\n")
        service.point(key, version)
    at = now()
    blue = dict.fromkeys(service.kinds, "2")
    names = {key: service.function(key) for key in service.kinds}
    stay = Earlier(
        release="1.0.0",
        digest="sha256:10",
        versions=blue,
        names=names,
        probes=(),
        contracts=(),
        left=iso(at),
        until=iso(at + 3600),
        token=2,
    )
    item = {
        "pk": f"SERVICE#{service.name}",
        "sk": "LIVE",
        "release": "1.1.0",
        "digest": "sha256:11",
        "versions": dict.fromkeys(service.kinds, "3"),
        "functions": {
            key: {"name": names[key], "kind": kind, "weighted": True}
            for key, kind in service.kinds.items()
        },
        "alias": "live",
        "since": iso(at),
        "rollbackUntil": iso(at + 3600),
        "former": {"release": "1.0.0", "digest": "sha256:10", "probes": [], "versions": blue},
        "probes": [],
        "contracts": [],
    }
    Tools().ledger.transact(Put(item), Tools().history.leaving(service.name, stay))
    return item


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


def test_a_version_that_was_deleted_is_named_before_anything_is_moved(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    standing(pair)
    pair.lambda_.delete_function(FunctionName=pair.function("worker"), Qualifier="2")
    revisions = pair.revisions()
    run = machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    assert run.answer["reason"] == (
        f"version 2 of {pair.name}-worker was deleted; deploy 1.0.0 again instead"
    )
    assert pair.revisions() == revisions
    assert_invariants(pair, run)


def test_a_version_that_calls_one_that_was_deleted_is_not_gone_back_to(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    item = standing(pair)
    called = pair.publish("worker", GOOD + "\n# called by its number\n")
    environment = {"Variables": {"WORKER": f"{pair.arn('worker')}:{called}"}}
    name = pair.function("api")
    pair.lambda_.update_function_configuration(FunctionName=name, Environment=environment)
    pinned = pair.lambda_.publish_version(FunctionName=name)["Version"]
    item["former"]["versions"] = {"api": pinned, "worker": "2"}
    Tools().ledger.put(Put(item))
    pair.lambda_.delete_function(FunctionName=pair.function("worker"), Qualifier=called)
    run = machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    assert run.answer["reason"] == (
        f"version {pinned} of {name} calls version {called} of {pair.name}-worker, which was "
        "deleted; deploy 1.0.0 again instead"
    )


class Idle:
    """Lambda, for which some versions are Inactive: the call that finds one so is rejected, and has
    it restored; it is Pending for so many more looks.
    """

    def __init__(self, service: Service, asleep: Collection[str], looks: int) -> None:
        self._lambda, self._left = service.lambda_, dict.fromkeys(asleep, looks)
        self._called: set[str] = set()
        self.told: list[str] = []

    def read(self, name: str, version: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self._lambda.get_function(FunctionName=name, Qualifier=version)
        found["Configuration"]["State"] = self._state(name)
        return found

    def configuration(self, name: str, version: str | None = None) -> dict[str, Any]:
        return dict(self.read(name, version)["Configuration"])

    def _state(self, name: str) -> str:
        if name not in self._left:
            return "Active"
        if name not in self._called:
            return "Inactive"
        self._left[name] -= 1
        if not self._left[name]:
            del self._left[name]
        return "Pending"

    def call(self, name: str, version: str, event: object, *, check: str) -> None:
        self.told.append(f"{name}:{version} {event} {check}")
        self._called.add(name)
        raise RuntimeError("ResourceNotReadyException")


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Idle]]:
    def make(service: Service, *asleep: str, looks: int = 2) -> Idle:
        found = Idle(service, [service.function(key) for key in asleep], looks)
        monkeypatch.setitem(roll_back.tools.__dict__, "functions", found)
        monkeypatch.setitem(roll_back.tools.__dict__, "wakers", found)
        monkeypatch.setattr(wake, "_PAUSE", 0.01)
        return found

    yield make


def test_a_blue_that_is_idle_is_woken_before_traffic_moves_to_it(
    pair: Service, machine_of: Callable[..., Engine], idle: Callable[..., Idle]
) -> None:
    machine = machine_of(pair)
    standing(pair)
    lambda_ = idle(pair, "worker")
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"] == (
        "rolled back by hand; blue of worker was not ready, and was waited for, 0 s"
    )
    assert lambda_.told == [f"{pair.function('worker')}:2 {{}} wake"], "called once, and no other"
    assert_invariants(pair, run)


def test_a_blue_that_does_not_wake_does_not_block_the_way_back(
    shop: Service,
    machine: Engine,
    idle: Callable[..., Idle],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standing(shop)
    idle(shop, "api", looks=10_000)
    monkeypatch.setattr(wake, "_SECONDS", 0.1)
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"].endswith("; look at blue: api is Pending")
    assert_invariants(shop, run)


def test_a_person_who_goes_past_what_runs_is_told_that_it_is_asked_for_again_by_itself(
    shop: Service, machine: Engine, aws: Any, states: States
) -> None:
    release(machine, shop, "1.0.0", "1.1.0", extra=PROBE)
    shop.upload("1.2.0", plan="steps(50@2, 100@2)", extra=PROBE)
    told: list[Told] = []
    running: list[threading.Thread] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase != "shift_traffic" or running:
            return
        command = ("rollback", shop.name, "--to", "1.0.0")
        running.append(threading.Thread(target=lambda: told.append(somebody.tells(*command))))
        running[0].start()
        journal, deadline = Tools().journal, time.monotonic() + 30
        while "stop" not in journal.signals(document["deployment"]["id"]):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    machine.after = ask
    with person(aws, states, machine) as somebody:
        run = machine.run({"release": "1.2.0"})
        running[0].join(60)
    assert run.end == "RolledBack", run
    (found,) = told
    assert found.code == 0, found.text
    assert "goes back by itself; 1.0.0 can be asked for when it has" in found.text
    assert "this waits until it has, and then asks for 1.0.0 by itself" in found.text
    assert live(shop)["release"] == "1.0.0"
