"""`greenshift repair`, and what `status` says of a service that wants it."""

import json
from typing import Any

import pytest
from account import Account, Service, answer, ends_with


def split(account: Account, service: Service) -> str:
    """A released service whose alias a hand has split; answers the other version."""
    lambda_, name = account.client("lambda"), f"{service.name}-api"
    lambda_.update_function_configuration(FunctionName=name, Description="other")
    version = str(lambda_.publish_version(FunctionName=name)["Version"])
    weights = {"AdditionalVersionWeights": {version: 0.2}}
    lambda_.update_alias(FunctionName=name, Name="live", RoutingConfig=weights)
    return version


def executions(account: Account, service: Service) -> list[dict[str, Any]]:
    states = account.client("stepfunctions")
    machine = f"arn:aws:states:us-east-1:000000000000:stateMachine:greenshift-{service.name}"
    found = states.list_executions(stateMachineArn=machine)["executions"]
    return [states.describe_execution(executionArn=each["executionArn"]) for each in found]


@pytest.fixture
def drifted(account: Account) -> Service:
    service = account.service(ends_with(answer("shop", "RolledBack")))
    service.close(service.running(), "Released", live=True)
    split(account, service)
    return service


def test_status_names_the_drift_and_the_repair(drifted: Service, greenshift: Any) -> None:
    told = greenshift("status", drifted.name).stdout
    assert "attention: api: its alias live at version 1 sends 20% to version 2" in told
    assert f"see with `greenshift repair {drifted.name}` what points it back" in told


def test_by_default_a_repair_only_says_what_it_would_do(
    account: Account, drifted: Service, greenshift: Any
) -> None:
    before = len(executions(account, drifted))
    people = greenshift("repair", drifted.name)
    assert people.exit_code == 0
    assert "would be pointed back at 1 alone" in people.stdout
    assert f"nothing was changed: do it with `greenshift repair {drifted.name} --apply`" in (
        people.stdout
    )
    (document,) = greenshift.documents(greenshift("repair", drifted.name, "--dry-run", "--json"))
    (drift,) = document["drifts"]
    assert (drift["code"], drift["version"], drift["mendable"]) == ("AliasSplit", "1", True)
    assert len(executions(account, drifted)) == before


def test_applied_it_is_an_execution_that_is_followed_and_exits_with_0(
    account: Account, drifted: Service, greenshift: Any
) -> None:
    result = greenshift("repair", drifted.name, "--apply")
    assert result.exit_code == 0, result.output
    assert "is pointed back at 1 alone" in result.stdout
    asked = [json.loads(each["input"]) for each in executions(account, drifted)]
    assert {"action": "repair"} in asked


def test_a_service_that_is_whole_is_nothing_to_repair(account: Account, greenshift: Any) -> None:
    service = account.service()
    service.close(service.running(), "Released", live=True)
    result = greenshift("repair", service.name, "--apply")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert "there is nothing to repair" in result.stdout


def test_while_a_deployment_runs_a_repair_is_refused(account: Account, greenshift: Any) -> None:
    service = account.service()
    claim = service.running()
    split(account, service)
    result = greenshift("repair", service.name, "--apply")
    assert result.exit_code == 2
    assert f"is held by {claim.deployment}" in result.stderr


def test_where_no_release_says_where_to_a_person_is_told_the_command(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    split(account, service)
    result = greenshift("repair", service.name)
    assert result.exit_code == 2
    assert f"aws lambda update-alias --function-name {service.name}-api --name live" in (
        result.stdout
    )
