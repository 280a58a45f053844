"""`greenshift approve`, `reject` and `promote` on the emulator: what is started, and what is told."""

import json
from typing import Any

import pytest
from account import Account, answer, ends_with

HEARD = "orders-1.1.0-x is approved: it goes on at its next look, within 15 s"


@pytest.mark.parametrize(
    "command", [("approve",), ("reject", "--reason", "the totals are wrong"), ("promote", "--now")]
)
def test_the_running_deployment_is_named_and_who_decides(
    account: Account, greenshift: Any, command: tuple[str, ...]
) -> None:
    service = account.service(ends_with(answer("shop", "NothingToDo", reason=HEARD)))
    claim = service.running()
    decision, *options = command
    people = greenshift(decision, service.name, *options)
    assert (people.exit_code, people.stdout.replace("\n", " ").strip()) == (0, HEARD)
    states = account.client("stepfunctions")
    machine = claim.execution.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    started = states.list_executions(stateMachineArn=machine)["executions"]
    inputs = [
        json.loads(states.describe_execution(executionArn=each["executionArn"])["input"])
        for each in started
        if f":{decision}-" in each["executionArn"]
    ]
    assert len(inputs) == 1
    who = inputs[0].pop("who")
    assert who.startswith("arn:aws:")
    reason = {"reason": options[1]} if decision == "reject" else {}
    assert inputs == [{"action": decision, "deployment": claim.deployment, **reason}]


def test_a_decision_that_is_refused_exits_with_2(account: Account, greenshift: Any) -> None:
    refused = answer(
        "shop", "Rejected", reason="shop: shop-1 asks nobody; stop it with `greenshift stop shop`"
    )
    service = account.service(ends_with(refused))
    service.running()
    people = greenshift("reject", service.name)
    assert (people.exit_code, "asks nobody" in people.stdout) == (2, True)
    scripts = greenshift("reject", service.name, "--json")
    assert (scripts.exit_code, greenshift.documents(scripts)) == (2, [refused])


def test_where_nothing_runs_nothing_is_started(account: Account, greenshift: Any) -> None:
    service = account.service()
    found = greenshift("approve", service.name)
    assert found.exit_code == 2
    told = (
        f"no deployment of {service.name} is running: see with `greenshift status {service.name}`"
    )
    assert told in found.stderr
    unknown = greenshift("approve", "nobodys")
    assert (unknown.exit_code, "is unknown in" in unknown.stderr) == (1, True)


def test_promote_takes_now(account: Account, greenshift: Any) -> None:
    service = account.service()
    found = greenshift("promote", service.name)
    assert (found.exit_code, "promote takes --now" in found.stderr) == (1, True)
    long = greenshift("promote", service.name, "--now", "--reason", "x" * 201)
    assert (long.exit_code, "at most 200 characters" in long.stderr) == (1, True)


def test_a_question_is_shown_by_status_and_watch_and_ends_with_the_look(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    reason = (
        f"no verdict in 5 minutes: shall it go on to 100 %? `greenshift approve {service.name}`"
    )
    look = {
        "at": claim.since,
        "verdict": "ask",
        "next": "observe",
        "reason": reason,
        "asks": {"following": "go on to 100 %", "until": "2026-11-23T11:15:00.000Z"},
        "greenServed": 60,
        "greenFailed": 0,
        "greenRequests": 60,
        "greenFailures": 0,
        "blueRequests": 540,
        "blueFailures": 3,
    }
    service.journal.began(claim.deployment, "ShiftTraffic", claim.since)
    flip = {"function": "api", "step": 1, "weight": 10, "weights": {"2": 0.1}, "at": 1.0}
    service.journal.flip(claim.deployment, 1, flip)
    service.journal.verdict(claim.deployment, 1, look)
    assert f"  it asks: {reason}" in greenshift("status", service.name).stdout
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert document["running"]["asks"] == look["asks"]
    watched = greenshift("watch", service.name, "--timeout", "0.1s").stdout
    assert f"Bake at 10 % asks: {reason}" in watched
    assert watched.count("asks: ") == 1
    service.journal.verdict(claim.deployment, 1, {**look, "asks": None, "next": "shift"})
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert document["running"]["asks"] is None
