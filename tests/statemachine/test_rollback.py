"""The way back that a person asks for: never blocked, inside the window, one call a function (I9)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from service import HANGS, Service
from ways_back import release

from handlers.adapters.ledger.ledger import Put
from handlers.adapters.tools import Tools
from handlers.rolling_back import blue_seen

PROBE = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/"}
expect = {status = 200}
"""
ROLLBACK = {"action": "rollback"}


def test_a_rollback_goes_to_the_release_before(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    release(machine, pair, "1.0.0", "1.1.0", extra=PROBE)
    run = machine.run(ROLLBACK)
    assert run.end == "RolledBack", run
    assert run.answer["reason"] == "rolled back by hand; blue answered 1 of 1 probes"
    assert run.answer["release"] == "1.0.0"
    assert {each["version"] for each in pair.live().values()} == {"2"}
    flips = Tools().journal.flips(run.answer["deployment"])
    order = [each["function"] for each in sorted(flips, key=lambda flip: flip["at"])]
    assert order == ["api", "worker"], "entries go back first"
    assert_invariants(pair, run)
    again = machine.run({"release": "1.1.0"})
    assert again.end == "Released", again
    assert_invariants(pair, again)


@pytest.mark.parametrize(
    ("version", "weights", "served"),
    [("1", {}, "version 1"), ("3", {"v1": 0.3}, "version 3 and 30% version 1")],
)
def test_a_rollback_goes_back_whole_whatever_a_hand_has_put_on_an_alias(
    pair: Service,
    machine_of: Callable[..., Engine],
    version: str,
    weights: dict[str, float],
    served: str,
) -> None:
    machine = machine_of(pair)
    release(machine, pair, "1.0.0", "1.1.0")
    pair.point("worker", version, **weights)
    run = machine.run(ROLLBACK)
    assert run.end == "RolledBack", run
    moved = f"somebody else had moved aliases: {pair.function('worker')} served {served}"
    assert run.answer["reason"] == f"rolled back by hand; {moved}"
    assert {each["version"] for each in pair.live().values()} == {"2"}
    assert_invariants(pair, run)


def test_a_rollback_of_the_first_release_goes_to_the_seed(shop: Service, machine: Engine) -> None:
    release(machine, shop, "1.0.0")
    run = machine.run(ROLLBACK)
    assert run.end == "RolledBack", run
    assert shop.live() == {"api": {"version": "1", "weights": {}}}
    assert_invariants(shop, run)
    assert machine.run({"release": "1.0.0"}).end == "Released"


def test_a_rollback_needs_neither_registration_nor_bundle_nor_bucket(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(machine, shop, "1.0.0", "1.1.0")
    shop.ssm.delete_parameter(Name=f"/greenshift/services/{shop.name}")
    monkeypatch.setenv("GREENSHIFT_BUCKET", "there-is-none")
    run = machine.run(ROLLBACK)
    assert (run.end, machine.calls[-1]) == ("RolledBack", "roll_back")
    assert shop.live()["api"]["version"] == "2"
    assert_invariants(shop, run)


@pytest.mark.parametrize("before", [[], ["rolled back already"]], ids=["never released", "twice"])
def test_a_rollback_with_nothing_to_go_back_to_is_rejected(
    shop: Service, machine: Engine, before: list[str]
) -> None:
    if before:
        release(machine, shop, "1.0.0", "1.1.0")
        assert machine.run(ROLLBACK).end == "RolledBack"
    revisions = shop.revisions()
    run = machine.run(ROLLBACK)
    assert run.end == "Rejected", run
    told = f"there is no release of {shop.name} to go back to"
    if before:
        since = Tools().journal.live(shop.name)["since"]
        told = (
            f"{shop.name} went back to 1.0.0 at {since}, and a rollback without --to goes no "
            "further; deploy the release that you want instead"
        )
    assert run.answer["reason"] == told
    assert shop.revisions() == revisions
    assert_invariants(shop, run)


def test_a_rollback_after_its_window_says_what_to_do_instead(
    shop: Service, machine: Engine
) -> None:
    shop.register(rollbackWindowHours=0.000_000_1)
    release(machine, shop, "1.0.0", "1.1.0")
    revisions = shop.revisions()
    run = machine.run(ROLLBACK)
    assert run.end == "Rejected", run
    assert "the rollback window of 1.1.0 ended at 20" in run.answer["reason"]
    assert "deploy 1.0.0 again instead" in run.answer["reason"]
    assert shop.revisions() == revisions
    assert_invariants(shop, run)


def test_a_rollback_while_a_deployment_runs_stops_it_and_it_goes_back_by_itself(
    shop: Service, machine: Engine
) -> None:
    release(machine, shop, "1.0.0")
    shop.upload("1.1.0", plan="steps(50@2, 100@2)")
    asked: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "shift_traffic":
            asked.append(machine.run(ROLLBACK))

    machine.after = ask
    run = machine.run({"release": "1.1.0"})
    assert [each.end for each in asked] == ["Rejected"]
    assert "is running: it was told to stop" in asked[0].answer["reason"]
    assert run.end == "RolledBack", run
    assert "told to stop at" in run.answer["reason"]
    assert shop.live() == {"api": {"version": "2", "weights": {}}}
    assert_invariants(shop, run)
    assert_invariants(shop, asked[0])


@pytest.mark.parametrize("phase", ["plan", "provision_green", "verify_green"])
def test_a_deployment_that_is_told_to_stop_before_its_shift_moves_no_traffic(
    shop: Service, machine: Engine, phase: str
) -> None:
    release(machine, shop, "1.0.0")
    shop.upload("1.1.0", plan="steps(100@2)")
    revisions = shop.revisions()

    def ask(ended: str, document: Mapping[str, Any]) -> None:
        if ended == phase:
            machine.run(ROLLBACK)

    machine.after = ask
    run = machine.run({"release": "1.1.0"})
    assert "ToldToStop: told to stop at 20" in run.answer["reason"]
    assert run.end in ("Rejected", "RolledBack"), run
    assert Tools().journal.flips(run.answer["deployment"]) == []
    assert shop.revisions() == revisions
    assert_invariants(shop, run)


@pytest.mark.parametrize(
    ("request_", "code", "told"),
    [
        ({"action": "rollback", "service": "others"}, "ServiceDisagrees", "greenshift-others"),
        ({"action": "rollback", "release": "1.0.0"}, "KeyNotForAction", "release"),
        ({"action": "rollback", "relaese": "1.0.0"}, "UnknownKey", "relaese"),
    ],
)
def test_a_rollback_that_asks_for_something_else_changes_nothing(
    shop: Service, machine: Engine, request_: dict[str, str], code: str, told: str
) -> None:
    release(machine, shop, "1.0.0", "1.1.0")
    revisions = shop.revisions()
    run = machine.run(request_)
    assert run.end == "Rejected", run
    assert run.answer["findings"][0]["code"] == code
    assert told in run.answer["reason"]
    assert shop.revisions() == revisions
    assert_invariants(shop, run)


def test_a_rollback_does_not_wait_for_a_blue_that_hangs(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blue_seen, "_PROBES_SECONDS", 0.5)
    shop.lambda_.update_function_configuration(FunctionName=shop.function("api"), Timeout=4)
    release(machine, shop, "1.0.0", sources={"api": HANGS.replace("sleep(60)", "sleep(3)")})
    release(machine, shop, "1.1.0")
    of_record = Tools().journal.live(shop.name)
    assert of_record is not None
    probe = {"function": "api", "event": {"rawPath": "/"}}
    gone = {"function": "removed since", "event": {}}
    former = {**of_record["former"], "probes": [probe, gone]}
    Tools().ledger.put(Put({**of_record, "former": former}))
    run = machine.run(ROLLBACK)
    assert run.end == "RolledBack", run
    assert run.answer["reason"] == "rolled back by hand; blue answered 0 of 1 probes"
    assert_invariants(shop, run)
