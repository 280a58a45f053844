"""`greenshift status`, and what every command says of what it does not find."""

from typing import Any

import pytest
from account import ANSWER, Account


def test_status_of_a_service_without_a_release(account: Account, greenshift: Any) -> None:
    service = account.service()
    result = greenshift("status", service.name)
    assert result.exit_code == 0
    assert "no release yet" in result.stdout
    assert f"  api: version 1 ({service.name}-api, entry)" in result.stdout


def test_status_tells_what_is_live_and_how_to_go_back(account: Account, greenshift: Any) -> None:
    service = account.service()
    found = service.close(service.running(), "Released", live=True)
    people, scripts = (
        greenshift("status", service.name),
        greenshift("status", service.name, "--json"),
    )
    assert "1.1.0 is live since 2026-11-23T10:16:34.000Z" in people.stdout
    assert "rollback: to 1.0.0 until" in people.stdout
    (document,) = greenshift.documents(scripts)
    assert {key: document[key] for key in ANSWER} == found
    assert (document["whole"], document["running"]) == (True, None)
    assert document["live"]["versions"] == {"api": "1"}
    assert document["rollback"]["release"] == "1.0.0"


def test_status_of_a_running_deployment_names_it_and_where_it_is(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    people, scripts = (
        greenshift("status", service.name),
        greenshift("status", service.name, "--json"),
    )
    assert f"running: {claim.deployment}" in people.stdout
    (document,) = greenshift.documents(scripts)
    assert (document["deployment"], document["outcome"]) == (claim.deployment, None)
    assert document["running"]["steps"] == 2


def test_status_tells_when_live_is_not_whole(account: Account, greenshift: Any) -> None:
    service = account.service()
    service.close(service.running(), "Released", live=True)
    lambda_ = account.client("lambda")
    lambda_.update_function_configuration(FunctionName=f"{service.name}-api", Description="other")
    version = lambda_.publish_version(FunctionName=f"{service.name}-api")["Version"]
    lambda_.update_alias(
        FunctionName=f"{service.name}-api",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {version: 0.2}},
    )
    result = greenshift("status", service.name)
    assert f"version 1, 20 % on {version}" in result.stdout
    assert "attention: " in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("watch",),
        ("stop",),
        ("rollback",),
        ("repair",),
        ("contract",),
        ("deploy", "1.1.0"),
        ("deploy", "latest"),
    ],
)
def test_an_unknown_service_is_told_by_every_command(
    account: Account, greenshift: Any, arguments: tuple[str, ...]
) -> None:
    command, *more = arguments
    result = greenshift(command, "nobody", *more)
    assert result.exit_code == 1
    assert "the service nobody is unknown in us-east-1 of account 000000000000" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_execution_is_told(account: Account, greenshift: Any) -> None:
    execution = "arn:aws:states:us-east-1:000000000000:execution:greenshift-orders:none"
    result = greenshift("watch", execution)
    assert result.exit_code == 1
    assert f"there is no execution {execution}" in result.stderr
