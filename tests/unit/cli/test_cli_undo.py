"""`greenshift stop` and `greenshift rollback` on the emulator."""

import json
import threading
from typing import Any

import pytest
from account import WAITS, Account, answer, ends_with

from statemachine.client import Deployments


def test_a_stop_ends_the_execution_and_waits_for_the_recovery(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()

    def recover() -> None:
        """What the recovery rule does."""
        service.until(lambda: service.status_of(claim.execution) == "ABORTED")
        taken = service.claims.take_over(claim, f"{claim.execution}-recovery", claim.since)
        service.close(taken, "RolledBack", reason="its execution was stopped or timed out")

    recovery = threading.Thread(target=recover)
    recovery.start()
    result = greenshift("stop", service.name)
    recovery.join()
    assert result.exit_code == 0, result.output
    assert "Rolled back after" in result.stdout
    assert "its execution was stopped or timed out" in result.stdout


def test_a_stop_that_comes_too_late_says_so(account: Account, greenshift: Any) -> None:
    service = account.service()
    claim = service.running()

    def finalize() -> None:
        service.until(lambda: service.status_of(claim.execution) == "ABORTED")
        service.close(claim, "Released")

    finalizing = threading.Thread(target=finalize)
    finalizing.start()
    result = greenshift("stop", service.name)
    finalizing.join()
    assert result.exit_code == 2
    assert f"greenshift rollback {service.name}" in result.stdout


def test_a_stop_leaves_a_rollback_and_a_recovery_running(account: Account, greenshift: Any) -> None:
    rolling = account.service()
    claim = rolling.running(action="rollback")
    assert greenshift("stop", rolling.name, "--timeout", "0.1s").exit_code == 6
    assert rolling.status_of(claim.execution) == "RUNNING"

    recovering = account.service()
    lost = recovering.running()
    recovery = account.deployments().start(
        recovering.name, {"action": "recover", "execution": lost.execution}
    )
    recovering.claims.take_over(lost, recovery, lost.since)
    assert greenshift("stop", recovering.name, "--timeout", "0.1s").exit_code == 6
    assert recovering.status_of(recovery) == "RUNNING"


def test_a_stop_of_nothing_is_done(account: Account, greenshift: Any) -> None:
    service = account.service()
    result = greenshift("stop", service.name, "--json")
    assert result.exit_code == 0
    (document,) = greenshift.documents(result)
    assert document == {
        "service": service.name,
        "outcome": "NothingToDo",
        "reason": f"no deployment of {service.name} is running",
    }


def test_a_completed_rollback_is_what_was_asked(account: Account, greenshift: Any) -> None:
    service = account.service(ends_with(answer("orders", "RolledBack")))
    result = greenshift("rollback", service.name)
    assert result.exit_code == 0
    assert "Rolled back after" in result.stdout


def test_a_rollback_that_was_refused_exits_with_2(account: Account, greenshift: Any) -> None:
    service = account.service(ends_with(answer("orders", "Rejected", reason="there is no release")))
    result = greenshift("rollback", service.name)
    assert result.exit_code == 2
    assert "Refused: there is no release" in result.stdout
    scripts = greenshift("rollback", service.name, "--json")
    assert (scripts.exit_code, greenshift.documents(scripts)[-1]["outcome"]) == (2, "Rejected")


@pytest.mark.parametrize(
    ("to", "exit_code", "outcome"),
    [((), 0, "RolledBack"), (("--to", "0.9.0"), 2, "Rejected")],
    ids=["the one before", "and asks for an earlier one again"],
)
def test_a_rollback_while_a_deployment_runs_follows_that_one(
    account: Account, greenshift: Any, to: tuple[str, ...], exit_code: int, outcome: str
) -> None:
    refused = answer("orders", "Rejected", reason="it was told to stop, and goes back by itself")
    waits = {"Type": "Choice", "Choices": [{"Variable": "$.action", "IsPresent": True, "Next": "Refuse"}], "Default": "Wait"}  # fmt: skip
    service = account.service(
        waits | {"StatesBeside": {"Refuse": ends_with(refused), "Wait": WAITS}}
    )
    claim = service.running()

    def roll_back() -> None:
        states = account.client("stepfunctions")
        machine = f"arn:aws:states:us-east-1:000000000000:stateMachine:greenshift-{service.name}"

        def asked() -> list[str]:
            found = states.list_executions(stateMachineArn=machine)["executions"]
            return [
                each["executionArn"] for each in found if each["executionArn"] != claim.execution
            ]

        service.until(asked)
        service.journal.signal(claim.deployment, "stop", {"at": "now", "by": asked()[0]})
        states.stop_execution(executionArn=claim.execution)
        service.close(claim, "RolledBack")

    thread = threading.Thread(target=roll_back)
    thread.start()
    result = greenshift("rollback", service.name, *to, "--json")
    thread.join()
    ended = greenshift.documents(result)[-1]["outcome"]
    assert (result.exit_code, ended) == (exit_code, outcome)


def test_a_rollback_to_an_earlier_release_asks_for_it(account: Account, greenshift: Any) -> None:
    service = account.service()
    to = ("--to", "1.0.0", "--no-watch", "--json")
    (document,) = greenshift.documents(greenshift("rollback", service.name, *to))
    described = account.client("stepfunctions").describe_execution(
        executionArn=document["execution"]
    )
    assert json.loads(described["input"]) == {"action": "rollback", "to": "1.0.0"}
    odd = greenshift("rollback", service.name, "--to", "latest")
    assert odd.exit_code == 1
    assert "'latest' is not a semantic version" in odd.stderr


def test_rollback_without_watch_names_the_execution(account: Account, greenshift: Any) -> None:
    service = account.service()
    (document,) = greenshift.documents(greenshift("rollback", service.name, "--no-watch", "--json"))
    described = account.client("stepfunctions").describe_execution(
        executionArn=document["execution"]
    )
    assert json.loads(described["input"]) == {"action": "rollback"}


def ended(account: Account, service: Any, claim: Any) -> None:
    """The execution has ended and its deployment needs attention, as RollBack writes it down."""
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    found = answer(service.name, "NeedsAttention", deployment=claim.deployment, reason="it moved")
    service.journal.add(claim.deployment, {"outcome": "NeedsAttention", "answer": found})


def test_a_stop_of_what_has_ended_stops_nothing_and_needs_attention(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    ended(account, service, claim)
    result = greenshift("stop", service.name)
    assert result.exit_code == 4
    assert f"there is nothing to stop, as {claim.execution} has ended" in result.stdout
    assert "Needs attention after 1 min 32 s: it moved" in result.stdout


def test_a_recovery_asks_for_the_execution_that_has_the_claim(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    ended(account, service, claim)
    (document,) = greenshift.documents(greenshift("recover", service.name, "--no-watch", "--json"))
    assert (document["service"], document["action"]) == (service.name, "recover")
    described = account.client("stepfunctions").describe_execution(
        executionArn=document["execution"]
    )
    assert json.loads(described["input"]) == {"action": "recover", "execution": claim.execution}


def test_a_recovery_that_is_under_way_is_followed_and_not_started_again(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    ended(account, service, claim)
    recovery = account.deployments().start(
        service.name, {"action": "recover", "execution": claim.execution}
    )
    taken = service.claims.take_over(claim, recovery, claim.since)
    (document,) = greenshift.documents(greenshift("recover", service.name, "--no-watch", "--json"))
    assert document["execution"] == recovery
    account.client("stepfunctions").stop_execution(executionArn=recovery)
    service.close(taken, "Rejected")
    assert greenshift("watch", claim.execution).exit_code == 2


def test_of_two_recoveries_the_one_that_is_refused_follows_the_other(
    account: Account, greenshift: Any
) -> None:
    refused = answer("orders", "Rejected", reason="is being recovered by another execution")
    waits = {"Type": "Choice", "Choices": [{"Variable": "$.action", "IsPresent": True, "Next": "Refuse"}], "Default": "Wait"}  # fmt: skip
    service = account.service(
        waits | {"StatesBeside": {"Refuse": ends_with(refused), "Wait": WAITS}}
    )
    claim = service.running()
    ended(account, service, claim)
    start = Deployments.start

    def too_late(deployments: Deployments, name: str, request: Any) -> str:
        """Another recovery takes the claim over and ends, while this one is started."""
        other = start(deployments, name, {"release": "1.1.0"})
        taken = service.claims.take_over(claim, other, claim.since)
        account.client("stepfunctions").stop_execution(executionArn=other)
        service.close(taken, "RolledBack")
        return start(deployments, name, request)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Deployments, "start", too_late)
        result = greenshift("recover", service.name)
    assert "is being recovered by another execution" in result.stdout
    assert "Rolled back after" in result.stdout
    assert result.exit_code == 0


def test_a_recovery_of_nothing_is_done(account: Account, greenshift: Any) -> None:
    service = account.service()
    service.close(service.running(), "Released", live=True)
    result = greenshift("recover", service.name, "--json")
    assert result.exit_code == 0
    (document,) = greenshift.documents(result)
    assert document["outcome"] == "NothingToDo"
    assert document["reason"] == f"no deployment of {service.name} is open, nothing to recover"


def test_what_runs_is_not_recovered(account: Account, greenshift: Any) -> None:
    service = account.service()
    claim = service.running()
    result = greenshift("recover", service.name)
    assert result.exit_code == 2
    assert f"{claim.deployment} has not ended, so there is nothing to recover" in result.stderr
    assert service.status_of(claim.execution) == "RUNNING"
