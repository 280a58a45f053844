"""`greenshift status` tells what was refused beside how the last deployment ended."""

import time
from typing import Any

import pytest
from account import ANSWER, WAITS, Account, Service, answer, ends_with

from handlers.adapters.clock import iso

REFUSED = answer(
    "orders",
    "Rejected",
    reason="release.toml:7: it is unknown; register it (and 1 more)",
    findings=[
        {"code": "A", "where": "release.toml:7", "what": "it is unknown", "do": "register it"},
        {"code": "B", "where": "release.toml:9", "what": "it is odd", "do": "correct it"},
    ],
)
UPLOADED = {"object": {"key": "releases/orders/1.2.0.zip"}}


@pytest.fixture
def refusing(account: Account) -> Service:
    """A service whose machine refuses every upload at once, and runs on for all else."""
    uploaded = {"Variable": "$.object", "IsPresent": True, "Next": "Refuse"}
    beside = {"Refuse": ends_with(REFUSED), "Wait": WAITS}
    return account.service(
        {"Type": "Choice", "Choices": [uploaded], "Default": "Wait", "StatesBeside": beside}
    )


def refuse(account: Account, service: Service) -> str:
    """An upload that is refused before anything is recorded; answers its execution."""
    execution = account.deployments().start(service.name, UPLOADED)
    service.until(lambda: service.status_of(execution) == "FAILED")
    return execution


def test_an_upload_that_was_refused_is_told_beside_how_the_last_release_ended(
    account: Account, greenshift: Any, refusing: Service
) -> None:
    claim = refusing.running()
    last = refusing.close(claim, "Released", live=True, endedAt=iso(time.time()))
    refuse(account, refusing)
    watched = greenshift("watch", refusing.name)
    assert watched.exit_code == 2
    people = greenshift("status", refusing.name).stdout
    assert "1.1.0 is live" in people
    assert f"last: {claim.deployment}: Released: " in people
    assert f"refused: {REFUSED['deployment']}: Rejected: 2 findings" in people
    for told in (watched.stdout, people):
        assert "release.toml:7: it is unknown; register it\n" in told
        assert "release.toml:9: it is odd; correct it\n" in told
    (document,) = greenshift.documents(greenshift("status", refusing.name, "--json"))
    assert {key: document[key] for key in ANSWER} == last
    assert (document["refused"], document["claim"]) == (REFUSED, None)


@pytest.mark.parametrize(
    ("request_", "ended"),
    [
        ({"release": "1.2.0", "dryRun": True}, answer("orders", "NothingToDo", reason="dry run")),
        ({"release": "1.2.0", "dryRun": True}, REFUSED),
        ({"release": "1.2.0", "withdraw": True}, REFUSED),
        ({"action": "approve"}, REFUSED),
        ({"release": "1.1.0"}, answer("orders", "NothingToDo", reason="it is live")),
    ],
)
def test_what_was_not_to_do_anything_leaves_the_last_end_as_it_was(
    account: Account, greenshift: Any, request_: dict[str, Any], ended: dict[str, Any]
) -> None:
    service = account.service(ends_with(ended))
    claim = service.running()
    service.close(claim, "RolledBack", live=True, endedAt=iso(time.time() - 5))
    execution = account.deployments().start(service.name, request_)
    service.until(lambda: service.status_of(execution) != "RUNNING")
    people = greenshift("status", service.name).stdout
    assert f"last: {claim.deployment}: Rolled back: " in people
    assert "refused: " not in people
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert (document["deployment"], document["refused"]) == (claim.deployment, None)


def test_a_repair_that_is_done_is_told_as_one(account: Account, greenshift: Any) -> None:
    service = account.service()
    claim = service.running(action="repair")
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    service.close(claim, "RolledBack", endedAt=iso(time.time() + 1))
    assert f"last: {claim.deployment}: Repaired: " in greenshift("status", service.name).stdout


@pytest.mark.parametrize("action", ["rollback", "contract"])
def test_what_was_refused_does_not_stand_for_the_last_end(
    account: Account, greenshift: Any, action: str
) -> None:
    service = account.service(ends_with(REFUSED))
    claim = service.running()
    service.close(claim, "RolledBack", live=True, endedAt=iso(time.time() - 5))
    greenshift(action, service.name, "--watch")
    people = greenshift("status", service.name).stdout
    assert f"last: {claim.deployment}: Rolled back: " in people
    assert f"refused: {REFUSED['deployment']}: Rejected: " in people


def test_a_first_upload_that_was_refused_is_seen(
    account: Account, greenshift: Any, refusing: Service
) -> None:
    refuse(account, refusing)
    assert greenshift("watch", refusing.name).exit_code == 2
    told = greenshift("status", refusing.name).stdout
    assert ("refused: " in told, "last: " in told) == (True, False)


def test_an_upload_that_was_refused_while_another_was_deployed_is_told_beside_that(
    account: Account, greenshift: Any, refusing: Service
) -> None:
    claim = refusing.running()
    refuse(account, refusing)
    refused = f"refused: {REFUSED['deployment']}: Rejected: 2 findings"
    told = greenshift("status", refusing.name).stdout
    assert (f"running: {claim.deployment}" in told, refused in told) == (True, True)
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    refusing.close(claim, "RolledBack", endedAt=iso(time.time() + 1))
    assert greenshift("watch", refusing.name).exit_code == 3
    told = greenshift("status", refusing.name).stdout
    assert f"last: {claim.deployment}: Rolled back" in told
    assert refused in told


def test_a_deployment_that_begins_after_it_ends_what_is_told_of_a_refusal(
    account: Account, greenshift: Any, refusing: Service
) -> None:
    refuse(account, refusing)
    refusing.running()
    told = greenshift("status", refusing.name).stdout
    assert ("running: " in told, "refused: " in told) == (True, False)


def test_a_rollback_that_had_the_running_deployment_stopped_is_no_refusal(
    account: Account, greenshift: Any, refusing: Service
) -> None:
    claim = refusing.running()
    execution = refuse(account, refusing)
    refusing.journal.signal(claim.deployment, "stop", {"at": claim.since, "by": execution})
    assert "refused: " not in greenshift("status", refusing.name).stdout


def test_a_refusal_is_told_among_what_deploys_nothing(account: Account, greenshift: Any) -> None:
    """Dry runs, decisions, repeats and the recovery rule's own executions come after it."""
    uploaded = {"Variable": "$.object", "IsPresent": True, "Next": "Refuse"}
    recovers = {"Variable": "$.action", "StringEquals": "recover", "Next": "Aside"}
    recovering = {"And": [{"Variable": "$.action", "IsPresent": True}, recovers], "Next": "Aside"}
    del recovers["Next"]
    nothing = answer("orders", "NothingToDo", reason="it was seen before")
    aside = ends_with(answer("orders", "Rejected", reason="it left nothing open"))
    beside = {"Refuse": ends_with(REFUSED), "Aside": aside, "Nothing": ends_with(nothing)}
    choice = {"Type": "Choice", "Choices": [uploaded, recovering], "Default": "Nothing"}
    service = account.service({**choice, "StatesBeside": beside})
    refuse(account, service)
    for request in (
        {"release": "1.2.0", "dryRun": True},
        {"action": "approve"},
        {"release": "1.1.0"},
        {"action": "recover", "execution": "arn"},
    ):
        execution = account.deployments().start(service.name, request)
        service.until(lambda: service.status_of(execution) != "RUNNING")  # noqa: B023
    assert "refused: " + REFUSED["deployment"] in greenshift("status", service.name).stdout


def test_one_that_waits_for_plan_is_the_newest(
    account: Account, greenshift: Any, refusing: Service
) -> None:
    refusing.close(refusing.running(), "Released", live=True, endedAt=iso(time.time()))
    execution = account.deployments().start(refusing.name, {"release": "1.2.0"})
    told = greenshift("status", refusing.name).stdout
    assert f"running: {execution.rpartition(':')[2]}, Plan" in told
    assert "last: " not in told
