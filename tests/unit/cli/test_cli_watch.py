"""`greenshift watch` on the emulator."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from account import WAITS, Account, answer

from handlers.adapters.executions import Executions

ROOT = Path(__file__).parents[3]


def test_watching_ends_at_its_timeout_and_the_deployment_goes_on(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    result = greenshift("watch", service.name, "--timeout", "0.2s")
    assert result.exit_code == 6
    assert "gave up waiting" in result.stderr
    assert f"greenshift watch {claim.execution}" in result.stderr
    assert service.status_of(claim.execution) == "RUNNING"


def test_ctrl_c_ends_the_watching_and_not_the_deployment(account: Account) -> None:
    service = account.service()
    claim = service.running()
    environment = account.environment.process_environment()
    watching = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "watch", service.name],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    assert service.name in watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, error = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert "Traceback" not in error
    assert (
        f"the deployment goes on: watch it again with `greenshift watch {claim.execution}`" in error
    )
    assert f"greenshift stop {service.name}" in error
    assert service.status_of(claim.execution) == "RUNNING"


def test_a_reader_that_goes_away_ends_the_watching_in_silence(account: Account) -> None:
    service = account.service()
    claim = service.running()
    watching = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "watch", service.name, "--json"],
        cwd=ROOT,
        env=account.environment.process_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    assert service.name in watching.stdout.readline()
    watching.stdout.close()
    service.close(claim, "Released")
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    assert watching.wait(timeout=30) == 1
    assert watching.stderr is not None
    assert watching.stderr.read() == ""


def test_watch_follows_the_running_deployment_phase_by_phase(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    seen: list[int] = []

    def deploy() -> None:
        service.journal.began(claim.deployment, "ProvisionGreen", "2026-11-23T10:15:03.000Z")
        section = {"versions": {"api": "2"}, "published": 1, "found": 0, "seconds": 1.0}
        service.journal.ended(
            claim.deployment, "ProvisionGreen", "2026-11-23T10:15:04.000Z", section
        )
        seen.append(1)
        account.client("stepfunctions").stop_execution(executionArn=claim.execution)
        service.close(claim, "Released")

    timer = threading.Timer(0.5, deploy)
    timer.start()
    result = greenshift("watch", service.name, "--json")
    timer.join()
    *observed, last = greenshift.documents(result)
    assert (result.exit_code, last["outcome"], seen) == (0, "Released", [1])
    assert observed[0]["phase"] == "ProvisionGreen" or observed[0]["stages"][0]["phase"] == "Plan"
    assert [stage["phase"] for stage in observed[-1]["stages"]][:2] == ["Plan", "ProvisionGreen"]


def test_watch_shows_how_far_a_backfill_is_from_the_executions_own_history(
    account: Account, greenshift: Any
) -> None:
    moved = "backfill 0002_channel: 45 % of about 1,200,000 rows, 12,300 a second, about 54 s left"
    slice_ = {"schema": {"reason": moved}}
    service = account.service(
        {
            "Type": "Pass",
            "Next": "MigrateSchema",
            "StatesBeside": {
                "MigrateSchema": {"Type": "Pass", "Result": slice_, "Next": "Migrated?"},
                "Migrated?": WAITS,
            },
        }
    )
    claim = service.running()
    section = {"versions": {"api": "2"}, "published": 1, "found": 0, "seconds": 1.0}
    service.journal.ended(claim.deployment, "ProvisionGreen", "2026-11-23T10:15:04.000Z", section)
    executions, until = Executions(account.client("stepfunctions")), time.monotonic() + 20
    while executions.left_with(claim.execution, "MigrateSchema") is None:
        assert time.monotonic() < until
    result = greenshift("watch", service.name, "--timeout", "1s")
    assert f"Migrate schema: {moved}" in result.stdout
    assert f"Migrate schema: {moved}" in greenshift("status", service.name).stdout


def test_watch_tells_of_the_way_back_while_the_ledger_has_nothing_of_it(
    account: Account, greenshift: Any
) -> None:
    fails = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "nobody"},
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "RollBack"}],
        "End": True,
    }
    service = account.service(fails | {"StatesBeside": {"RollBack": WAITS}})
    claim = service.running()
    service.journal.began(claim.deployment, "ProvisionGreen", "2026-11-23T10:15:03.000Z")
    history = account.client("stepfunctions").get_execution_history

    def going_back() -> bool:
        entered = [
            each.get("stateEnteredEventDetails", {}).get("name")
            for each in history(executionArn=claim.execution)["events"]
        ]
        return "RollBack" in entered

    service.until(going_back)
    told = greenshift("watch", service.name, "--timeout", "0.2s").stdout
    assert "Provision green: failed after" in told
    assert "nobody" in told, "it says why"
    assert "Roll back …" in told


def test_watch_of_a_stopped_execution_says_so_while_the_recovery_is_awaited(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    service.journal.began(claim.deployment, "ProvisionGreen", "2026-11-23T10:15:03.000Z")
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    told = greenshift("watch", service.name, "--timeout", "0.2s").stdout
    assert "Provision green: failed after" in told
    assert "the execution aborted" in told
    assert "Roll back …" in told


def test_watch_of_a_service_whose_deployment_has_ended_shows_how(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    service.close(claim, "RolledBack")
    result = greenshift("watch", service.name)
    assert result.exit_code == 3
    assert "Rolled back after 1 min 32 s" in result.stdout


def test_watch_of_a_deployment_shows_how_that_one_went_when_newer_ones_came(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    name = f"{service.name}-1.1.0-20261123T101502Z-7f3a"
    execution = "arn:aws:states:us-east-1:000000000000:execution:greenshift-{}:gone"
    found = answer(service.name, "Rejected", reason="release.toml:7: it is unknown")
    record = {
        "deployment": name,
        "service": service.name,
        "execution": execution.format(service.name),
        "startedAt": found["startedAt"],
        "outcome": "Rejected",
        "answer": found | {"deployment": name},
    }
    service.journal.refuse(record["execution"], record)
    newer = service.running()
    for command in (("watch", name), ("watch", record["execution"])):
        told = greenshift(*command)
        assert told.exit_code == 2, told.output
        assert f"({name})" in told.stdout
        assert "Rejected after 1 min 32 s: release.toml:7: it is unknown" in told.stdout

    named = newer.deployment.rpartition("-")[0] + "-20261123T101502Z-0000"
    unknown, status = greenshift("watch", named), greenshift("status", name)
    assert (unknown.exit_code, status.exit_code) == (1, 1)
    assert f"there is no deployment {named}: give its name" in unknown.stderr
    assert f"`greenshift watch {name}`" in " ".join(status.stderr.split())


def test_an_execution_that_was_stopped_before_plan_began_nothing(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    execution = account.deployments().start(service.name, {"release": "1.1.0"})
    account.client("stepfunctions").stop_execution(executionArn=execution)
    result = greenshift("watch", execution)
    assert result.exit_code == 2
    assert "the execution aborted before anything was begun" in result.stdout


def test_a_rollback_that_could_not_finish_needs_attention_and_says_why(
    account: Account, greenshift: Any
) -> None:
    cause = json.dumps(
        {"errorMessage": "orders-api:live serves version 9", "errorType": "AliasMoved"}
    )
    service = account.service({"Type": "Wait", "Seconds": 1, "Next": "Lost", "StatesBeside": {"Lost": {"Type": "Fail", "Error": "NeedsAttention", "Cause": cause}}})  # fmt: skip
    claim = service.running()
    result = greenshift("watch", claim.execution, "--json")
    last = greenshift.documents(result)[-1]
    assert (result.exit_code, last["outcome"]) == (4, "NeedsAttention")
    assert "orders-api:live serves version 9" in last["reason"]
    assert (last["deployment"], last["blue"]) == (claim.deployment, {"api": "1"})
