"""A bake that real traffic leaves too thin to tell, filled with requests of Greenshift's own."""

from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants
from service import GOOD, Service

from handlers.adapters.tools import Tools

UP = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/up"}
expect = {status = 200, json = {ok = true}}
synthetic = true
"""
# 22 requests without failure pass, and a step without a verdict goes back.
BAKE = 'pTol = 0.2\ninconclusive = "rollBack"'
TIRES = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if calls > 2:
        raise RuntimeError("out of connections")
    return {"statusCode": 200, "body": '{"ok": true}'}
"""


@pytest.fixture
def allowed(shop: Service) -> Service:
    """The service of an owner who allows 40 requests a minute."""
    shop.register(syntheticPerMinute=40)
    return shop


def released(shop: Service, machine: Engine, source: str = GOOD, *, minutes: float = 0.2) -> Run:
    shop.upload(
        "1.1.0",
        sources={"api": f"{source}\n# 1.1.0\n"},
        extra=UP,
        bake=BAKE,
        plan=f"steps(100@{minutes})",
    )
    return machine.run({"release": "1.1.0"})


def rounds(run: Run) -> list[Any]:
    return Tools().synthetic_rounds.known(run.answer["deployment"])[1]


def verdict(run: Run) -> dict[str, Any]:
    return Tools().journal.verdicts(run.answer["deployment"])[-1]


def test_a_thin_bake_passes_on_synthetic_requests_and_says_so(
    allowed: Service, machine: Engine
) -> None:
    allowed.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    run = released(allowed, machine)
    assert run.end == "Released", run
    assert run.answer["reason"].startswith(
        "nothing but synthetic requests was asked of green, which failed 0 of "
    )
    assert "pass on synthetic requests (e = " in run.answer["reason"]
    found = verdict(run)
    assert (found["by"], found["greenServed"]) == ("synthetic", 0)
    assert found["syntheticGreenRequests"] == found["syntheticBlueRequests"] >= 22
    record = assert_invariants(allowed, run)
    assert (
        "synthetic ones go to blue and green by number: in the plan's minutes at most 160, $0.001"
        in record["note"]
    )


def test_a_green_that_fails_synthetic_requests_alone_goes_back(
    allowed: Service, machine: Engine
) -> None:
    run = released(allowed, machine, TIRES)
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith("green failed ")
    assert run.answer["reason"].endswith(" synthetic requests, more than half: fail (veto)")
    assert verdict(run)["by"] == "veto"
    assert Tools().journal.phases(run.answer["deployment"])["VerifyGreen"]["section"]["passed"] == 1
    assert_invariants(allowed, run)


def test_what_the_owner_does_not_allow_is_not_sent(allowed: Service, machine: Engine) -> None:
    allowed.register()
    run = released(allowed, machine, minutes=0.01)
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith("not enough traffic to tell in ")
    assert Tools().synthetic_rounds.known(run.answer["deployment"]) == (0, [])
    assert "the registration has no syntheticPerMinute" in assert_invariants(allowed, run)["note"]


def test_a_look_that_runs_twice_sends_and_counts_a_minute_once(
    allowed: Service, machine: Engine
) -> None:
    lost: list[str] = []

    def lose(phase: str, document: Any) -> None:
        if phase == "bake" and not lost:
            lost.append(phase)
            raise LambdaDied("Sandbox.Timedout")

    machine.after = lose
    run = released(allowed, machine)
    assert run.end == "Released", run
    assert machine.calls.count("bake") >= 2
    assert all(row.green_requests <= 40 for each in rounds(run) for row in each.rows)
    assert_invariants(allowed, run)
