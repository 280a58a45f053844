"""What keeps a version that is old: whoever may still call it, or go back to it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine
from pruner import DAY, Pruner, publish, why
from service import Service

from handlers.adapters.tools import Tools
from handlers.domain.pruning.published import Version
from handlers.listeners import prune as listener


def test_of_earlier_releases_those_are_named_that_a_rollback_goes_to(
    shop: Service, machine: Engine, prune: Pruner
) -> None:
    shop.register(keepVersions=2)
    for release in ("1.0.0", "1.1.0", "1.2.0", "1.3.0"):
        shop.upload(release)
        assert machine.run({"release": release}).end == "Released"
    for release in ("1.0.0", "1.1.0"):
        assert machine.run({"action": "rollback", "to": release}).end == "RolledBack"
    prune.at = 0
    found = prune(shop)
    refused = machine.run({"action": "rollback", "to": "1.0.0"})
    assert refused.end == "Rejected"
    assert "1.0.0 was gone back from" in refused.answer["reason"]
    state, told = why(found, "2")
    assert state == "kept", "the window of the deployment that had it lasts"
    assert "`rollback --to" not in told
    assert "and what it left is kept until" in told
    assert why(found, "4")[1].startswith("`rollback --to 1.2.0` goes to it until")
    assert machine.run({"action": "rollback", "to": "1.2.0"}).end == "RolledBack"


@pytest.mark.parametrize("answered", ["seen", "not seen"])
def test_an_alias_that_a_hand_points_at_it_saves_it(
    old: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch, answered: str
) -> None:
    """Directly before the deletion it is looked at; and where that comes too late, Lambda deletes
    no version to which an alias leads.
    """
    prune(old)
    prune.at += 6 * 3600 + 60
    aliases_of = listener.tools.versions.aliases_of

    def meddle(version: Version) -> list[str]:
        if version.number == "2":
            old.point("api", "2")
            return aliases_of(version) if answered == "seen" else []
        return aliases_of(version)

    monkeypatch.setattr(listener.tools.versions, "aliases_of", meddle)
    found = prune(old)
    assert why(found, "2")[0] == "kept"
    assert old.versions() == ["1", "2", "5", "6"]
    assert why(prune(old), "2") == ("kept", "the alias live leads to it")
    assert Version(old.function("api"), "2") not in Tools().condemned.of(old.name)


def test_callers_keep_whom_they_call_and_go_first(
    make: Callable[..., Service], prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make(kinds={"api": "entry", "prices": "internal"})
    shop.register(keepVersions=2)
    for number in range(4):
        release = f"1.{number}.0"
        # The oldest prices are called by the newest API.
        called = "2" if number == 3 else publish(shop, release, "prices")
        publish(shop, release, "api", PRICES=f"{shop.arn('prices')}:{called}")
    for release in ("2.0.0", "2.1.0"):
        publish(shop, release, "prices")
    shop.point("api", "5")
    shop.point("prices", "6")
    order: list[str] = []
    delete = listener.tools.versions.delete
    monkeypatch.setattr(
        listener.tools.versions,
        "delete",
        lambda version: order.append(str(version).removeprefix(f"{shop.name}-")) or delete(version),
    )
    prune.twice(shop)
    assert shop.versions("api") == ["1", "4", "5"]
    # prices:4 is called by api:4, one of the newest two, and prices:2 by api:5.
    assert shop.versions("prices") == ["1", "2", "4", "5", "6"]
    assert order.index("api:3") < order.index("prices:3")


def test_what_somebody_may_call_by_its_number_stays(old: Service, prune: Pruner, aws: Any) -> None:
    name = old.function("api")
    old.lambda_.add_permission(
        FunctionName=name,
        Qualifier="2",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
    )
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=old.name)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = found["Attributes"]["QueueArn"]
    mapping = old.lambda_.create_event_source_mapping(
        FunctionName=f"{name}:3", EventSourceArn=queue, Enabled=False
    )
    http = aws.client("apigatewayv2")
    api = http.create_api(Name=old.name, ProtocolType="HTTP")["ApiId"]
    http.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=f"{old.arn('api')}:4",
        PayloadFormatVersion="2.0",
    )
    try:
        found = prune.twice(old)
    finally:
        old.lambda_.delete_event_source_mapping(UUID=mapping["UUID"])
        http.delete_api(ApiId=api)
    assert why(found, "2") == ("kept", "its own policy lets sns.amazonaws.com call it")
    assert why(found, "3") == ("kept", f"{queue} calls it")
    assert why(found, "4") == ("kept", f"the API {old.name} ({api}) calls it")
    assert len(old.versions()) == 6


def test_a_rest_api_names_a_version_by_a_variable_of_its_stage(prune: Pruner, aws: Any) -> None:
    rest = aws.client("apigateway")
    api = rest.create_rest_api(name="rest")["id"]
    about = {"restApiId": api}
    (root,) = rest.get_resources(**about)["items"]
    method = {**about, "resourceId": root["id"], "httpMethod": "GET"}
    rest.put_method(**method, authorizationType="NONE")
    function = "arn:aws:lambda:us-east-1:000000000000:function:rested:${stageVariables.v}"
    rest.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
    )
    deployment = rest.create_deployment(**about)["id"]
    for stage, version in (("prod", "7"), ("next", "live")):
        rest.create_stage(
            **about, stageName=stage, deploymentId=deployment, variables={"v": version}
        )
    try:
        found = listener.tools.apis.named()
    finally:
        rest.delete_rest_api(**about)
    named = {each: why for each, why in found.items() if each.function == "rested"}
    assert named == {Version("rested", "7"): f"the API rest ({api}) calls it"}


def test_what_was_called_by_its_number_lately_stays(old: Service, prune: Pruner) -> None:
    answer = old.lambda_.invoke(FunctionName=old.function("api"), Qualifier="3", Payload=b"{}")
    json.load(answer["Payload"])
    prune.at = 7 * DAY
    found = prune.twice(old)
    assert why(found, "3") == ("kept", "it was called in the last 14 days")
    assert old.versions() == ["1", "3", "5", "6"]


def test_while_something_waits_in_the_queue_all_stays(
    old: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting:
        release = "1.1.0"

    monkeypatch.setattr(listener.tools.queue, "of", lambda service: [Waiting()])
    assert why(prune(old), "2") == ("kept", "1.1.0 waits in the queue and may want it")


def test_without_time_who_uses_a_version_it_stays(old: Service, prune: Pruner) -> None:
    found = listener.prune_one(old.name, dry_run=False, in_time=lambda: False)
    assert why(found, "2")[1].startswith("there was no time")
