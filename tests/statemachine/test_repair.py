"""Aliases that somebody moved or split between deployments: never called fine, and put right by one
action that cannot run beside a deployment.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants
from service import GOOD, Service

from handlers.adapters.tools import Tools

REPAIR = {"action": "repair"}


@pytest.fixture
def released(pair: Service, machine_of: Callable[..., Engine]) -> Engine:
    """The pair at version 3 of each function, with 2 as the release before and 4 as nobody's."""
    machine = machine_of(pair)
    for release in ("1.0.0", "1.1.0"):
        pair.upload(release)
        assert machine.run({"release": release}).end == "Released"
    for key in pair.kinds:
        assert pair.publish(key, GOOD + "\n# by hand\n") == "4"
    return machine


DRIFTS: dict[str, tuple[Callable[[Service], None], str, str]] = {
    "to the release before": (lambda pair: pair.point("api", "2"), "AliasMoved", "serves version 2"),
    "to a foreign version": (lambda pair: pair.point("api", "4"), "AliasMoved", "serves version 4"),
    "split": (lambda pair: pair.point("api", "3", v4=0.25), "AliasSplit", "25% to version 4"),
    "split and moved": (lambda pair: pair.point("api", "4", v2=0.5), "AliasSplit", "50% to version 2"),
}  # fmt: skip


def test_a_release_that_is_live_is_not_nothing_to_do_while_an_alias_is_elsewhere(
    pair: Service, released: Engine
) -> None:
    for drift, code, seen in DRIFTS.values():
        drift(pair)
        before = pair.revisions()
        for request in ({"release": "1.1.0"}, {"release": "latest"}):
            run = released.run(request)
            assert run.end == "Rejected", run
            (finding,) = run.answer["findings"]
            assert finding["code"] == code
            assert seen in finding["what"]
            assert f"`greenshift repair {pair.name}`" in finding["do"]
        assert pair.revisions() == before


def test_an_alias_that_moves_because_a_deployment_began_meanwhile_is_not_told_as_drift(
    pair: Service, released: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.upload("1.2.0", plan="steps(50@0.001, 100@0.001)")
    read, others = Tools().aliases.read, []

    def after_another(*arguments: Any) -> Any:
        if not others:
            others.append(None)
            others.append(released.run({"release": "1.2.0"}))
        return read(*arguments)

    monkeypatch.setattr("handlers.plan.tools.aliases.read", after_another)
    run = released.run({"release": "1.1.0"})
    assert others[1].end == "Released"
    assert "AliasMoved" not in str(run.answer), run


def test_a_repair_points_every_alias_back_and_tells_what_was_seen(
    pair: Service, released: Engine
) -> None:
    worker = pair.revisions()["worker"]
    for drift, _, seen in DRIFTS.values():
        drift(pair)
        run = released.run(REPAIR)
        assert run.end == "RolledBack", run
        reason = run.answer["reason"]
        assert reason.startswith(f"repaired by hand: {pair.function('api')}: its alias live")
        assert seen in reason
        assert run.answer["blue"] == {"api": "3"}
        assert_invariants(pair, run)
        flips = Tools().journal.flips(run.answer["deployment"])
        assert [(each["function"], each["version"]) for each in flips] == [("api", "3")]
    assert pair.revisions()["worker"] == worker, "what is whole is left alone"


def test_after_a_repair_the_service_is_as_the_release_left_it(
    pair: Service, released: Engine
) -> None:
    before = Tools().journal.live(pair.name)
    pair.point("api", "4", v2=0.5)
    pair.point("worker", "2")
    assert released.run(REPAIR).end == "RolledBack"
    assert Tools().journal.live(pair.name) == before
    assert released.run({"release": "1.1.0"}).end == "NothingToDo"
    back = released.run({"action": "rollback"})
    assert back.end == "RolledBack", back
    assert_invariants(pair, back)


def rejected(run: Run, code: str, told: str) -> None:
    assert run.end == "Rejected", run
    assert run.answer["findings"][0]["code"] == code
    assert told in run.answer["reason"]


def test_a_repair_of_what_is_whole_writes_no_alias(pair: Service, released: Engine) -> None:
    before = pair.revisions()
    run = released.run(REPAIR)
    rejected(run, "NothingToRepair", "every alias serves 1.1.0 alone already")
    assert pair.revisions() == before
    assert_invariants(pair, run)


def test_a_service_that_was_never_released_has_nothing_to_be_repaired_to(
    shop: Service, machine: Engine
) -> None:
    run = machine.run(REPAIR)
    rejected(run, "NothingToRepair", "no release is live yet")
    assert_invariants(shop, run)


def test_a_version_of_record_that_was_deleted_is_told_before_anything_is_claimed(
    pair: Service, released: Engine
) -> None:
    pair.point("api", "2")
    pair.point("worker", "2")
    pair.lambda_.delete_function(FunctionName=pair.function("api"), Qualifier="3")
    before = pair.revisions()
    run = released.run(REPAIR)
    rejected(run, "VersionGone", f"`greenshift rollback {pair.name}`")
    assert pair.revisions() == before
    back = released.run({"action": "rollback"})
    assert back.end == "RolledBack", "what the refusal says to do works"
    assert_invariants(pair, back)


def test_an_alias_that_is_gone_keeps_no_other_from_being_repaired(
    pair: Service, released: Engine
) -> None:
    pair.lambda_.delete_alias(FunctionName=pair.function("worker"), Name="live")
    rejected(released.run(REPAIR), "AliasMissing", "aws lambda create-alias")
    pair.point("api", "4")
    assert released.run(REPAIR).end == "RolledBack"
    alias = pair.lambda_.get_alias(FunctionName=pair.function("api"), Name="live")
    assert alias["FunctionVersion"] == "3"


def test_a_repair_does_not_run_beside_a_deployment_nor_disturb_it(
    pair: Service, released: Engine
) -> None:
    pair.upload("1.2.0", plan="steps(50@0.001, 100@0.001)")
    asked: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "bake" and not asked:
            asked.append(released.run(REPAIR))

    released.before = ask
    run = released.run({"release": "1.2.0"})
    assert run.end == "Released", run
    rejected(asked[0], "ServiceBusy", f"{run.answer['deployment']} holds it")
    assert_invariants(pair, run)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_repair_whose_answer_is_lost_comes_to_the_same_end(
    pair: Service, released: Engine, lost: str
) -> None:
    pair.point("api", "4", v2=0.5)
    died: list[str] = []

    def die(phase: str, document: Mapping[str, Any]) -> None:
        if not died:
            died.append(phase)
            raise LambdaDied("Lambda.Unknown")

    setattr(released, lost, die)
    run = released.run(REPAIR)
    assert died == ["roll_back"]
    assert run.end == "RolledBack", run
    assert "50% to version 2" in run.answer["reason"]
    assert_invariants(pair, run)


def test_a_repair_that_is_stopped_half_way_is_recovered(
    pair: Service, released: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.point("api", "4", v2=0.5)
    pair.point("worker", "4")

    def stopped(self: Any, claim: Any, order: Any) -> Any:
        released.stop(claim.execution)
        raise LambdaDied("Lambda.Unknown")

    with monkeypatch.context() as patched:
        patched.setattr("handlers.adapters.functions.flips.Flips.flip", stopped)
        lost = released.run(REPAIR)
        released.settle()
    assert lost.status == "ABORTED"
    recovery = released.recover(lost)
    assert recovery is not None
    assert recovery.end == "RolledBack", recovery
    assert {each["version"] for each in pair.live().values()} == {"3"}
    assert_invariants(pair, recovery)
