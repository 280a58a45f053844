"""What no event told of is found by the sweep, service by service."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants, assert_whole
from queues import live, queued_behind, release, releases
from service import Service

from handlers.adapters.registrations import Registrations
from handlers.adapters.signs import sign
from handlers.adapters.tools import Tools
from handlers.listeners import sweep


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """The signs that were given."""
    found: list[tuple[str, str, int]] = []
    monkeypatch.setattr(sweep, "sign", lambda *given: found.append(given))
    return found


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch, told: list[Any]) -> Iterator[Callable[..., sweep.Swept]]:
    """Sweeps these services alone: the others' tests have left theirs as they are."""

    def run(*services: Service | str, in_time: Callable[[], bool] = lambda: True) -> sweep.Swept:
        known = Tools().registrations
        found = []
        for each in services:
            read = None if isinstance(each, str) else known.read(each.name)
            found.append((each if isinstance(each, str) else each.name, read.text if read else "{"))
        monkeypatch.setattr(sweep.tools, "registrations", SimpleNamespace(all=lambda: found))
        return sweep.sweep(in_time)

    yield run
    sweep.tools.__dict__.pop("registrations", None)


def stopped(machine: Engine, phase: str) -> Run:
    """A deployment that is stopped in a phase, of whose end nobody hears."""

    def stop(called: str, document: Mapping[str, Any]) -> None:
        if called == phase:
            machine.stop(document["execution"])
            raise LambdaDied("Runtime.ExitError")

    machine.before = stop
    run = machine.run({"release": "1.1.0"})
    assert run.status == "ABORTED"
    machine.settle()
    machine.before = lambda phase, document: None
    return run


def newest(machine: Engine) -> Run:
    listed = machine._states.list_executions(stateMachineArn=machine._machine)["executions"]
    found = max(listed, key=lambda each: each["startDate"])
    return machine.wait(found["executionArn"])


def test_a_claim_whose_execution_is_over_is_recovered(
    shop: Service, machine: Engine, swept: Callable[..., sweep.Swept], told: list[Any]
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0", plan="steps(50@0.001, 100@0.001)")
    run = stopped(machine, "bake")
    assert shop.live()["api"]["weights"], "the shift is half-way"
    assert swept(shop).recovered == [shop.name]
    recovery = newest(machine)
    assert recovery.arn.rpartition(":")[2].startswith("recover-1-")
    assert recovery.end == "RolledBack", recovery
    assert_invariants(shop, recovery)
    assert machine.recover(run) is None, "the event comes late"
    again = swept(shop)
    assert (again.recovered, again.unattended, again.not_whole, told) == ([], [], [], [])


def test_a_recovery_that_ended_unheard_before_it_had_begun_is_followed_by_another(
    shop: Service, machine: Engine, swept: Callable[..., sweep.Swept], told: list[Any]
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0", plan="steps(50@0.001, 100@0.001)")
    stopped(machine, "bake")

    def stop(called: str, document: Mapping[str, Any]) -> None:
        machine.stop(document["execution"])
        raise LambdaDied("Runtime.ExitError")

    machine.before = stop
    assert swept(shop).recovered == [shop.name]
    assert newest(machine).status == "ABORTED"
    machine.settle()
    machine.before = lambda phase, document: None
    assert swept(shop).recovered == [shop.name]
    recovery = newest(machine)
    assert recovery.arn.rpartition(":")[2].startswith("recover-2-")
    assert recovery.end == "RolledBack", recovery
    assert_invariants(shop, recovery)
    assert (swept(shop).recovered, told) == ([], [])


def test_what_a_person_has_to_mend_is_told_and_not_tried_again(
    shop: Service, machine: Engine, swept: Callable[..., sweep.Swept], told: list[Any]
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")

    def meddle(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "shift_traffic":
            shop.point("api", shop.publish("api", "def handler(event, context): return 'foreign'"))

    machine.after = meddle
    assert machine.run({"release": "1.1.0"}).end == "NeedsAttention"
    left = shop.aliases()
    found = swept(shop)
    assert (found.recovered, found.unattended) == ([], [shop.name])
    assert found.not_whole == [], "it is the deployment's own concern"
    assert told == [("Unattended", shop.name, 1)]
    assert shop.aliases() == left


def test_a_queue_whose_service_is_free_is_started(
    shop: Service, machine: Engine, swept: Callable[..., sweep.Swept]
) -> None:
    """The end of the one before was never told, or its listener died."""
    queued_behind(shop, machine, "1.1.0", "1.2.0")
    assert swept(shop).started == [shop.name]
    turn = newest(machine)
    assert (turn.end, live(shop), releases(shop)) == ("Released", "1.1.0", ["1.2.0"])
    assert swept(shop).started == [shop.name]
    assert (newest(machine).end, live(shop)) == ("Released", "1.2.0")
    assert swept(shop).started == []


@pytest.mark.parametrize("weights", [{}, {"v1": 0.25}], ids=["moved", "split"])
def test_an_alias_that_a_hand_has_moved_is_told_and_left_as_it_is(
    shop: Service,
    machine: Engine,
    swept: Callable[..., sweep.Swept],
    told: list[Any],
    weights: Mapping[str, float],
) -> None:
    release(shop, machine, "1.0.0")
    shop.point("api", "2" if weights else "1", **weights)
    left = shop.aliases()
    assert swept(shop).not_whole == [shop.name]
    assert told == [("NotWhole", shop.name, 1)]
    assert shop.aliases() == left


def test_while_a_deployment_runs_its_aliases_are_its_own(
    shop: Service, machine: Engine, swept: Callable[..., sweep.Swept], told: list[Any]
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0", plan="steps(50@0.001, 100@0.001)")
    seen: list[sweep.Swept] = []
    machine.before = lambda phase, document: (
        seen.append(swept(shop)) if phase == "bake" and not seen else None
    )
    assert machine.run({"release": "1.1.0"}).end == "Released"
    (found,) = seen
    assert (found.recovered, found.not_whole, found.unattended, told) == ([], [], [], [])
    assert_whole(shop)


def test_one_service_that_fails_does_not_keep_the_others_from_their_turn(
    make: Callable[..., Service],
    machine_of: Callable[..., Engine],
    swept: Callable[..., sweep.Swept],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, shop = make(), make()
    machine = machine_of(shop)
    queued_behind(shop, machine, "1.1.0")
    of = sweep.tools.claims.of

    def refuse(service: str) -> Any:
        if service == bad.name:
            raise RuntimeError("a bug")
        return of(service)

    monkeypatch.setattr(sweep.tools.claims, "of", refuse)
    found = swept("unreadable", bad, shop)
    assert sorted(set(found.failed)) == sorted(["unreadable", bad.name])
    assert found.started == [shop.name]
    machine.settle()


def test_when_its_time_is_over_it_tells_whose_aliases_it_has_not_seen(
    shop: Service, machine: Engine, swept: Callable[..., sweep.Swept]
) -> None:
    release(shop, machine, "1.0.0")
    shop.point("api", "1")
    found = swept(shop, in_time=lambda: False)
    assert (found.left, found.not_whole) == ([shop.name], [])


def test_each_sweep_begins_at_another_service(monkeypatch: pytest.MonkeyPatch) -> None:
    registered = [("a", ""), ("b", ""), ("c", "")]
    firsts = set()
    for number in range(3):
        at = number * sweep.EVERY_SECONDS + 1.0
        monkeypatch.setattr(sweep, "now", lambda at=at: at)
        rotated = sweep._rotated(registered)
        assert sorted(rotated) == registered
        firsts.add(rotated[0])
    assert len(firsts) == 3
    assert sweep._rotated([]) == []


def test_every_page_of_the_registrations_is_read(aws: Any) -> None:
    ssm = aws.client("ssm")
    names = {f"page{number}" for number in range(12)}
    for name in names:
        ssm.put_parameter(Name=f"/greenshift/services/{name}", Value="{}", Type="String")
    try:
        assert names <= {name for name, _ in Registrations(ssm).all()}
    finally:
        for name in names:
            ssm.delete_parameter(Name=f"/greenshift/services/{name}")


def test_the_sign_is_a_metric_of_the_service_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "greenshift")
    sign("NotWhole", "orders", 2)
    document = json.loads(capsys.readouterr().out)
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Greenshift/Sweep", [["service"]])
    assert document["service"] == "orders"
