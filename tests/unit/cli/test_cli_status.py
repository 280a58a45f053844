"""`greenshift status`, and what every command says of what it does not find."""

import json
import time
from typing import Any

import pytest
from account import ANSWER, Account, Service, answer

from handlers.adapters.clock import iso
from handlers.adapters.ledger.ledger import Put
from handlers.domain.earlier import Earlier
from infra.cli import session


def test_status_of_a_service_without_a_release(account: Account, greenshift: Any) -> None:
    service = account.service()
    result = greenshift("status", service.name)
    assert result.exit_code == 0
    assert "no release yet" in result.stdout
    assert f"  api: version 1 ({service.name}-api, entry)" in result.stdout
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert {document.pop(key) for key in ANSWER - {"service"}} == {None}


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
    assert (document["whole"], document["running"], document["attention"]) == (True, None, None)
    assert document["live"]["versions"] == {"api": "1"}
    assert document["rollback"]["release"] == "1.0.0"


def test_status_tells_which_earlier_releases_one_can_go_back_to(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    service.close(service.running(), "Released", live=True)
    live = service.journal.live(service.name)
    stay = Earlier(
        release="0.9.0",
        digest="sha256:09",
        versions={"api": "1"},
        names={},
        probes=(),
        contracts=(),
        left=iso(time.time()),
        until=iso(time.time() + 60),
        token=1,
    )
    put = service.history.leaving(service.name, stay)
    functions = {"pk": f"SERVICE#{service.name}", "sk": "LIVE", **live, "functions": {}}
    service.ledger.transact(put, Put(functions))
    people, scripts = (
        greenshift("status", service.name),
        greenshift("status", service.name, "--json"),
    )
    told = f"rollback: to 0.9.0 until {stay.until}, with `greenshift rollback {service.name} --to"
    assert told in people.stdout.replace("\n", " ")
    (document,) = greenshift.documents(scripts)
    assert document["earlier"] == [{"release": "0.9.0", "until": stay.until, "wentPast": False}]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"former": None}, "the last rollback went as far as it goes"),
        (
            {"rollbackUntil": "2026-11-24T10:16:34.000Z"},
            "the rollback window ended at 2026-11-24T10:16:34.000Z",
        ),
    ],
    ids=["went back", "window over"],
)
def test_status_says_why_there_is_no_way_straight_back(
    account: Account, greenshift: Any, changes: dict[str, Any], why: str
) -> None:
    service = account.service()
    service.close(service.running(), "Released", live=True)
    live = {**(service.journal.live(service.name) or {}), **changes}
    service.ledger.put(Put({"pk": f"SERVICE#{service.name}", "sk": "LIVE", **live}))
    told = greenshift("status", service.name).stdout
    assert f"rollback: none, as {why}; deploy the release that you want with `greenshift" in told


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
    assert document.keys() >= ANSWER
    assert (document["deployment"], document["outcome"]) == (claim.deployment, None)
    assert (document["blue"], document["green"]) == ({"api": "1"}, {})
    assert (document["digest"], document["failedRequests"]) == ("", 0)
    assert document["running"]["steps"] == 2
    assert document["running"]["hotfix"] is None


def test_a_hotfix_that_runs_is_told_as_one(account: Account, greenshift: Any) -> None:
    service = account.service()
    claim = service.running()
    hotfix = {"reason": "the till is down", "red": ["api"], "alarms": []}
    service.journal.add(claim.deployment, {"hotfix": hotfix})
    people, scripts, watched = (
        greenshift("status", service.name),
        greenshift("status", service.name, "--json"),
        greenshift("watch", service.name, "--timeout", "1s"),
    )
    assert f"running: {claim.deployment}, hotfix: the till is down, " in people.stdout
    assert greenshift.documents(scripts)[0]["running"]["hotfix"] == "the till is down"
    assert f"{service.name} 1.1.0, hotfix: the till is down ({claim.deployment})" in watched.stdout


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
    told = greenshift("status", service.name).stdout
    since = "the release of record since 2026-11-23T10:16:34.000Z"
    assert f"{service.name}: not whole: 1.1.0 is {since}" in told
    assert f", but api serves version 1 and version {version}\n" in told
    assert f"version 1, 20 % on {version}" in told
    assert "attention: api: its alias live at version 1 sends 20% to version" in told
    back = f"with `greenshift rollback {service.name}`, also from where the aliases are now"
    assert f", {back}" in told
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert document["whole"] is False
    assert document["attention"]["sentences"][0] in told
    assert document["attention"]["commands"] == [f"greenshift repair {service.name} --apply"]


def test_status_of_a_service_whose_alias_is_gone_has_what_makes_it_again(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    service.close(service.running(), "Released", live=True)
    account.client("lambda").delete_alias(FunctionName=f"{service.name}-api", Name="live")
    told = greenshift("status", service.name).stdout
    assert ", but api has no alias\n" in told
    assert f"with `greenshift rollback {service.name}`, once api has its alias again" in told
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    (sentence,) = document["attention"]["sentences"]
    (command,) = document["attention"]["commands"]
    making = f"--function-name {service.name}-api --name live --function-version 1"
    assert command == f"aws lambda create-alias {making}"
    assert f"attention: {sentence}\n" in told
    assert f"`{command}`" in sentence


def test_status_of_one_that_needs_attention_says_so_and_who_holds_the_service(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim = service.running()
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    found = answer(service.name, "NeedsAttention", deployment=claim.deployment, reason="it moved")
    found["blue"] = {"api": "7"}
    service.journal.add(claim.deployment, {"outcome": "NeedsAttention", "answer": found})
    people = greenshift("status", service.name).stdout
    assert f"attention: {claim.deployment}: Needs attention: it moved" in people
    assert f"--function-name {service.name}-api --name live --function-version 7" in people
    assert f"before `greenshift recover {service.name}` has finished it" in people
    assert "running: " not in people
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert (document["outcome"], document["running"]) == ("NeedsAttention", None)
    assert document["claim"] == {
        "deployment": claim.deployment,
        "execution": claim.execution,
        "since": claim.since,
    }


def test_where_every_alias_was_put_right_status_says_what_is_left(
    account: Account, greenshift: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = account.service()
    claim = service.running()
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    found = answer(service.name, "NeedsAttention", deployment=claim.deployment, reason="it moved")
    found["blue"] = {"api": "1"}
    service.journal.add(claim.deployment, {"outcome": "NeedsAttention", "answer": found})
    told = greenshift("status", service.name).stdout
    left = f"`greenshift recover {service.name}` is all that is left"
    assert f"every alias is on blue by now, and {left}\n" in told
    assert "update-alias" not in told
    monkeypatch.setattr(session, "_local", lambda: account.client)
    (document,) = greenshift.documents(greenshift("status", service.name, "--json", "--local"))
    assert document["attention"]["commands"] == [f"greenshift recover {service.name} --local"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("watch",),
        ("stop",),
        ("rollback",),
        ("repair",),
        ("preview",),
        ("recover",),
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


URL = "https://abc.execute-api.eu-west-1.amazonaws.com"


def previewed(account: Account) -> tuple[Service, str]:
    """A service with a preview that calls another version than live does; and that version."""
    service = account.service()
    ssm, lambda_ = account.client("ssm"), account.client("lambda")
    name = f"/greenshift/services/{service.name}"
    document = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    text = json.dumps(document | {"preview": {"url": URL}})
    ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
    function = f"{service.name}-api"
    lambda_.update_function_configuration(FunctionName=function, Description="other")
    version = lambda_.publish_version(FunctionName=function)["Version"]
    lambda_.create_alias(FunctionName=function, Name="preview", FunctionVersion=version)
    return service, version


def test_status_tells_where_green_can_be_tried_and_that_it_is_not_live(
    account: Account, greenshift: Any
) -> None:
    service, version = previewed(account)
    people, scripts = (
        greenshift("status", service.name),
        greenshift("status", service.name, "--json"),
    )
    told = f"preview: {URL} calls api at version {version}, which is not what is live"
    assert told in people.stdout
    (document,) = greenshift.documents(scripts)
    assert document["preview"] == {
        "url": URL,
        "alias": "preview",
        "versions": {"api": version},
        "live": False,
    }


def test_status_tells_of_a_preview_that_calls_what_is_live_or_nothing(
    account: Account, greenshift: Any
) -> None:
    service, _ = previewed(account)
    lambda_, function = account.client("lambda"), f"{service.name}-api"
    lambda_.update_alias(FunctionName=function, Name="preview", FunctionVersion="1")
    assert f"preview: {URL} calls what is live" in greenshift("status", service.name).stdout
    lambda_.delete_alias(FunctionName=function, Name="preview")
    gone = greenshift("status", service.name).stdout
    assert f"preview: {URL} calls no api: deploy its stack again" in gone
