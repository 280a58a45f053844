"""A stop runs no Catch: the recovery rule makes the service whole, and what was presumed dead can do nothing (I8)."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants, assert_whole
from service import Service

from handlers import plan, roll_back
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.tools import Tools
from handlers.errors import TransientAws
from handlers.listeners import recover

CHECK = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/"}
expect = {status = 200}
"""
PHASES = (
    "plan",
    "provision_green",
    "migrate_schema",
    "verify_green",
    "run_hooks",
    "shift_traffic",
    "bake",
    "finalize",
    "roll_back",
)


class Stopped:
    """Stops the execution as one phase begins or ends, and keeps that phase's Lambda waiting."""

    def __init__(self, machine: Engine, phase: str, *, when: str) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        self._machine, self._phase, self._left = machine, phase, 1
        setattr(machine, when, self)

    def __call__(self, phase: str, document: Mapping[str, Any]) -> None:
        if phase == self._phase and self._left:
            self._left -= 1
            self._machine.stop(document["execution"])
            self.reached.set()
            assert self.go_on.wait(60)


def begin(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    shop.upload("1.1.0", extra=CHECK, plan="steps(50@0.001, 100@0.001)")


def stopped(machine: Engine, phase: str, *, when: str) -> tuple[Stopped, Run]:
    if phase == "roll_back":
        machine.after = fail_bake
    stop = Stopped(machine, phase, when=when) if phase != "roll_back" or when == "before" else None
    if stop is None:
        stop = Stopped(machine, phase, when="after")
        once = stop

        def both(called: str, document: Mapping[str, Any]) -> None:
            fail_bake(called, document)
            once(called, document)

        machine.after = both
    execution = machine.start({"release": "1.1.0"}, f"stopped-in-{phase}-{when}-{id(stop)}")
    assert stop.reached.wait(60)
    run = machine.wait(execution)
    assert run.status == "ABORTED"
    return stop, run


def fail_bake(phase: str, document: Mapping[str, Any]) -> None:
    if phase == "bake":
        raise KeyError("a bug")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("phase", PHASES)
def test_a_stop_in_any_phase_leaves_the_service_whole(
    shop: Service, machine: Engine, phase: str, when: str
) -> None:
    begin(shop, machine)
    stop, run = stopped(machine, phase, when=when)
    recovery = machine.recover(run)
    closed_by_itself = (phase, when) in (("finalize", "after"), ("roll_back", "after"))
    not_begun = (phase, when) == ("plan", "before")
    if closed_by_itself:
        assert recovery is None
    else:
        assert recovery is not None
        assert recovery.end == ("Rejected" if phase == "plan" else _provisioned(phase, when))
        assert recovery.answer["release"] == ("" if not_begun else "1.1.0")
        assert_invariants(shop, recovery)
    before = shop.revisions()
    stop.go_on.set()
    machine.settle()
    assert shop.revisions() == before, "what was presumed dead has moved live"
    assert_whole(shop)
    assert machine.recover(run) is None, "an event that comes twice starts nothing"
    claim = Tools().claims.of(shop.name)
    assert claim is not None
    assert claim.closed, "it came to hold the claim after its execution had ended"


def _provisioned(phase: str, when: str) -> str:
    begun = phase != "provision_green" or when == "after"
    return "RolledBack" if begun else "Rejected"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stopped_recovery_is_recovered(shop: Service, machine: Engine, when: str) -> None:
    begin(shop, machine)
    stop, run = stopped(machine, "bake", when="before")
    again = Stopped(machine, "roll_back", when=when)
    started = recover.recover(run.arn)
    assert started is not None
    assert again.reached.wait(60)
    first = machine.wait(started)
    assert first.status == "ABORTED"
    second = machine.recover(first)
    stop.go_on.set()
    again.go_on.set()
    machine.settle()
    if when == "before":
        assert second is not None
        assert second.end == "RolledBack"
        assert_invariants(shop, second)
    else:
        assert second is None, "it had closed everything"
    assert machine.recover(first) is None
    assert_whole(shop)


def test_a_rollback_by_hand_that_was_stopped_is_finished_as_one(
    shop: Service, machine: Engine
) -> None:
    """What the aliases serve is what the ledger says is live."""
    begin(shop, machine)
    assert machine.run({"release": "1.1.0"}).end == "Released"
    stop = threading.Event()
    close = roll_back.tools.journal.close

    def dies(*arguments: Any, **named: Any) -> Any:
        if not stop.is_set():
            stop.set()
            machine.stop(arguments[0].execution)
            raise TransientAws("the Lambda is gone")
        return close(*arguments, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(roll_back.tools.journal, "close", dies)
        execution = machine.start({"action": "rollback"}, "by-hand")
        assert stop.wait(60)
        run = machine.wait(execution)
    assert run.status == "ABORTED"
    machine.settle()
    recovery = machine.recover(run)
    assert recovery is not None
    assert recovery.end == "RolledBack", recovery
    assert shop.live()["api"]["version"] == "2"
    live = Tools().journal.live(shop.name)
    assert live is not None
    assert live["release"] == "1.0.0"
    assert_invariants(shop, recovery)


def test_an_execution_that_was_stopped_before_it_claimed_anything_has_a_record(
    shop: Service, machine: Engine
) -> None:
    begin(shop, machine)
    stop, run = stopped(machine, "plan", when="before")
    assert machine.recover(run) is not None
    known = Tools().claims.execution(run.arn)
    assert known is not None
    record = Tools().journal.deployment(known["deployment"])
    assert record is not None
    assert record["outcome"] == "Rejected"
    assert record["answer"]["reason"] == "its execution ended before it claimed the service"
    stop.go_on.set()
    machine.settle()


def test_a_stop_right_after_the_claim_leaves_the_next_deployment_its_way(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(shop, machine)
    take = plan.tools.claims.take

    def stopped_then(claim: Claim, *arguments: Any, **named: Any) -> Claim:
        take(claim, *arguments, **named)
        machine.stop(claim.execution)
        raise TransientAws("the Lambda is gone")

    with monkeypatch.context() as patched:
        patched.setattr(plan.tools.claims, "take", stopped_then)
        run = machine.run({"release": "1.1.0"})
    machine.settle()
    recovery = machine.recover(run)
    assert recovery is not None
    assert recovery.end == "Rejected", recovery
    assert_invariants(shop, recovery)
    again = machine.run({"release": "1.1.0"})
    assert again.end == "Released", again


def test_recoveries_in_a_row_end_with_the_third_and_a_person_finishes(
    shop: Service, machine: Engine
) -> None:
    begin(shop, machine)
    stop, run = stopped(machine, "bake", when="before")
    stops, last = [stop], run
    for number in (1, 2, 3):
        stops.append(Stopped(machine, "roll_back", when="before"))
        started = recover.recover(last.arn)
        assert started is not None
        assert f":recover-{number}-" in started
        assert stops[-1].reached.wait(60)
        last = machine.wait(started)
        assert last.status == "ABORTED"
    assert recover.recover(last.arn) is None
    by_hand = machine.run({"action": "recover", "execution": run.arn})
    for each in stops:
        each.go_on.set()
    machine.settle()
    assert by_hand.end == "RolledBack", by_hand
    assert_invariants(shop, by_hand)


def test_recovery_waits_for_step_functions_to_show_the_end(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DescribeExecution is eventually consistent: an end that is not shown yet is not "still running"."""
    begin(shop, machine)
    stop, run = stopped(machine, "bake", when="before")
    executions = recover.tools.executions
    shown = {**executions.describe(run.arn), "status": "RUNNING"}
    with monkeypatch.context() as patched:
        patched.setattr(executions, "describe", lambda arn: shown)
        with pytest.raises(TransientAws, match="has ended, but is still shown as RUNNING"):
            recover.handler({"detail": {"executionArn": run.arn, "status": "ABORTED"}}, None)
        shown["redriveCount"] = 1
        assert recover.recover(run.arn) is None, "redriven since: it runs"
    recovery = machine.recover(run)
    assert recovery is not None
    assert recovery.end == "RolledBack"
    assert recovery.answer["reason"].startswith("its execution was stopped")
    stop.go_on.set()
    machine.settle()
    assert_invariants(shop, recovery)


@pytest.mark.parametrize(
    ("request_of", "told"),
    [
        (lambda run: {"action": "recover", "execution": run.arn}, "left nothing open"),
        (lambda run: {"action": "recover", "execution": f"{run.arn}x"}, "left nothing open"),
        (lambda run: {"action": "recover"}, "execution is missing"),
        (lambda run: {"action": "recover", "execution": "orders"}, "the ARN of an execution"),
    ],
    ids=["closed", "unknown", "unnamed", "no ARN"],
)
def test_a_recovery_of_what_is_not_open_is_rejected(
    shop: Service, machine: Engine, request_of: Callable[[Run], object], told: str
) -> None:
    shop.upload("1.0.0")
    run = machine.run({"release": "1.0.0"})
    recovery = machine.run(request_of(run))
    assert recovery.end == "Rejected", recovery
    assert told in recovery.answer["reason"]
    assert_invariants(shop, recovery)


def test_a_recovery_of_what_still_runs_is_rejected_and_disturbs_nothing(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    seen: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "verify_green":
            seen.append(machine.run({"action": "recover", "execution": document["execution"]}))

    machine.before = ask
    run = machine.run({"release": "1.0.0"})
    assert [each.end for each in seen] == ["Rejected"]
    assert "is still running" in seen[0].answer["reason"]
    assert run.end == "Released"
    assert_invariants(shop, run)
