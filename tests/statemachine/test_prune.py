"""Old versions go when nobody can want them any more, and a deployment never misses one."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from engine import Engine
from invariants import assert_invariants, assert_whole
from queues import Holder
from service import GOOD, Service

from handlers.adapters.clock import now
from handlers.adapters.functions.pace import Pace
from handlers.adapters.tools import Tools
from handlers.domain.bundle.pack import write_bundle
from handlers.domain.green.identity import marker
from handlers.domain.pruning.published import Version
from handlers.errors import ChecksFailed
from handlers.listeners import prune as listener
from handlers.pruning import prune as pruning

DAY = 24 * 3600
LATER = 15 * DAY
"""By then no window lasts, and nothing was called for fourteen days."""


class Pruner:
    """Prunes a service as the listener does; `at` is how many seconds later than now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = float(LATER)
        monkeypatch.setattr(pruning, "now", lambda: now() + self.at)

    def __call__(self, service: Service, *, dry_run: bool = False) -> dict[str, Any]:
        return listener.prune_one(service.name, dry_run=dry_run)

    def twice(self, service: Service) -> dict[str, Any]:
        """What is condemned the first time goes the second time, six hours later."""
        self(service)
        self.at += 6 * 3600 + 60
        return self(service)


@pytest.fixture
def prune(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Pruner:
    tools = Tools()
    tools.__dict__["_pruning_pace"] = Pace(3, sleep=lambda seconds: None)
    tools.apis._pace = Pace(3, sleep=lambda seconds: None)
    monkeypatch.setattr(listener, "tools", tools)
    return Pruner(monkeypatch)


def publish(service: Service, release: str, key: str = "api", **environment: str) -> str:
    """What a deployment has left: a version with the marker of a bundle that the ledger knows."""
    digest = f"sha256:{release.replace('.', '').zfill(64)}"
    Tools().journal.note_release(
        service.name, digest, {"release": release, "deployment": None, "outcome": "Released"}
    )
    name = service.function(key)
    service.lambda_.update_function_configuration(
        FunctionName=name, Description=release, Environment={"Variables": environment}
    )
    mark = marker(service.name, release, digest, "0123456789ab")
    return str(service.lambda_.publish_version(FunctionName=name, Description=mark)["Version"])


@pytest.fixture
def old(shop: Service) -> Service:
    """Five versions of ours after the seed, of which the last is live."""
    shop.register(keepVersions=2)
    for number in range(5):
        publish(shop, f"1.{number}.0")
    shop.point("api", "6")
    return shop


def why(found: Mapping[str, Any], version: str, key: str = "api") -> tuple[str, str]:
    (told,) = [
        each for each in found["versions"] if (each["function"], each["version"]) == (key, version)
    ]
    return told["state"], told["why"]


def test_after_several_releases_exactly_the_old_ones_go_and_a_rollback_still_works(
    shop: Service, machine: Engine, prune: Pruner
) -> None:
    shop.register(keepVersions=2)
    for release in ("1.0.0", "1.1.0", "1.2.0"):
        shop.upload(release)
        assert machine.run({"release": release}).end == "Released"
    prune.at = 0
    early = prune(shop)
    assert early["kept"] == 4, "their windows last"
    assert "`rollback --to 1.0.0` goes to it until" in why(early, "2")[1]
    prune.at = LATER
    first = prune(shop)
    assert (first["waits"], first["deleted"], shop.versions()) == (1, 0, ["1", "2", "3", "4"])
    prune.at += 6 * 3600 + 60
    second = prune(shop)
    assert shop.versions() == ["1", "3", "4"]
    assert (second["deleted"], second["freedBytes"] > 0) == (1, True)
    assert why(second, "1") == ("kept", "Greenshift did not publish it")
    assert why(second, "3") == ("kept", "it is of 1.1.0, one of the last 2 releases")
    assert why(second, "4") == ("kept", "the alias live leads to it")
    run = machine.run({"action": "rollback"})
    assert (run.end, shop.live()["api"]["version"]) == ("RolledBack", "3")
    assert_invariants(shop, run)


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


def test_a_dry_run_tells_it_and_changes_nothing(old: Service, prune: Pruner) -> None:
    found = prune(old, dry_run=True)
    assert why(found, "2") == (
        "waits",
        "nothing wants it: a prune condemns it, and one after six hours deletes it",
    )
    assert why(found, "5") == ("kept", "it is one of the newest 2 of its function")
    assert Tools().condemned.of(old.name) == {}
    prune(old)
    assert why(prune(old, dry_run=True), "2")[1].startswith("nothing wants it: it can be deleted")
    prune.at += 6 * 3600 + 60
    found = prune(old, dry_run=True)
    assert (found["due"], found["deleted"], len(old.versions())) == (3, 0, 6)


def test_while_a_deployment_runs_nothing_is_touched(
    old: Service, machine: Engine, prune: Pruner
) -> None:
    prune(old)
    prune.at += 6 * 3600 + 60
    old.upload("2.0.0")
    seen: list[dict[str, Any]] = []

    def look(phase: str, document: Mapping[str, Any]) -> None:
        if phase in ("provision_green", "bake"):
            seen.append(prune(old))
            assert {"1", "2", "3", "4", "5", "6"} <= set(old.versions())

    machine.before = look
    assert machine.run({"release": "2.0.0"}).end == "Released"
    assert seen
    for found in seen:
        assert "is being deployed by" in found["refused"]
        assert found["versions"] == []
    assert_whole(old)


def test_one_that_begins_before_the_sentence_is_written_stops_it(
    old: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    gather = pruning.gather
    with Holder(old) as holder:

        def take(*given: Any, **named: Any) -> Any:
            found = gather(*given, **named)
            holder.take()
            return found

        monkeypatch.setattr(pruning, "gather", take)
        found = prune(old)
    assert found["refused"] == f"{old.name} was deployed meanwhile: the next prune looks again"
    assert Tools().condemned.of(old.name) == {}


def test_one_that_begins_between_two_deletions_stops_the_second(
    old: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    prune(old)
    prune.at += 6 * 3600 + 60
    delete = listener.tools.versions.delete
    with Holder(old) as holder:

        def take(version: Version) -> bool:
            done = delete(version)
            holder.take()
            return done

        monkeypatch.setattr(listener.tools.versions, "delete", take)
        found = prune(old)
    assert (found["deleted"], old.versions()) == (1, ["1", "3", "4", "5", "6"])
    assert why(found, "3")[1].endswith("meanwhile: the next prune looks again")


def test_a_deployment_publishes_again_what_is_condemned(
    old: Service, machine: Engine, prune: Pruner
) -> None:
    """It would have found its version, which is gone a moment later."""

    def fail(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "verify_green":
            raise ChecksFailed("this once")

    machine.before = fail
    old.upload("3.0.0")
    assert machine.run({"release": "3.0.0"}).end == "RolledBack"
    machine.before = lambda phase, document: None
    old.publish("api", GOOD + "# by hand, so that 7 is not the last one")
    tools = Tools()
    seven, claim = Version(old.function("api"), "7"), tools.claims.of(old.name)
    assert tools.condemned.condemn(old.name, {seven: "2026-01-01T00:00:00Z"}, free=claim)
    run = machine.run({"release": "3.0.0"})
    assert run.end == "Released", run
    assert old.live()["api"]["version"] == "9"


def test_a_bundle_that_names_a_condemned_version_is_told_so(
    old: Service, machine: Engine, prune: Pruner
) -> None:
    prune(old)
    toml = f'format = 1\nservice = "{old.name}"\nrelease = "4.0.0"\n[functions.api]\nversion = 2\n'
    content = io.BytesIO()
    write_bundle({"release.toml": toml.encode()}, content)
    old.upload("4.0.0", content.getvalue())
    run = machine.run({"release": "4.0.0"})
    assert run.end in ("RolledBack", "Rejected"), run
    assert f"version 2 of {old.function('api')} is being pruned" in run.answer["reason"]


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


def test_one_that_fails_is_told_and_the_others_go(
    old: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    prune(old)
    prune.at += 6 * 3600 + 60
    delete = listener.tools.versions.delete

    def fail(version: Version) -> bool:
        if version.number == "3":
            error = {"Code": "AccessDeniedException", "Message": "no"}
            raise ClientError({"Error": error}, "DeleteFunction")  # type: ignore[typeddict-item]
        return delete(version)

    monkeypatch.setattr(listener.tools.versions, "delete", fail)
    found = prune(old)
    assert (found["deleted"], found["failed"], old.versions()) == (2, 1, ["1", "3", "5", "6"])
    assert why(found, "3") == ("failed", "DeleteFunction: AccessDeniedException: no")
    monkeypatch.setattr(listener.tools.versions, "delete", delete)
    assert (prune(old)["deleted"], old.versions()) == (1, ["1", "5", "6"])


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


def test_a_service_that_nobody_registered_is_refused_in_a_sentence(prune: Pruner) -> None:
    found = listener.prune_one("nobody", dry_run=True)
    assert found["refused"] == "the service nobody is not registered: deploy its stack"


def test_every_service_has_its_turn_also_after_one_that_fails(
    old: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = listener.tools.registrations.read(old.name)
    assert read is not None
    known = [("broken", "{"), (old.name, read.text)]
    signs: list[Any] = []
    monkeypatch.setattr(listener.tools.registrations, "all", lambda: known)
    monkeypatch.setattr(listener, "sign", lambda service, **of: signs.append((service, of)))
    first = listener.prune_all()
    assert (first["services"], first["failed"], first["deleted"]) == (2, ["broken"], 0)
    assert signs == [("broken", {"deleted": 0, "freed": 0, "failed": 1})]
    prune.at += 6 * 3600 + 60
    second = listener.prune_all()
    assert (second["failed"], second["deleted"]) == (["broken"], 3)
    assert second["freedBytes"] > 0
    told = {"deleted": 3, "freed": second["freedBytes"], "failed": 0}
    assert (old.name, told) in signs
    assert sorted(listener.prune_all(lambda: False)["left"]) == ["broken", old.name]


def test_it_begins_nothing_without_a_registration_that_can_be_read(
    old: Service, prune: Pruner
) -> None:
    old.ssm.put_parameter(
        Name=f"/greenshift/services/{old.name}", Value="{", Type="String", Overwrite=True
    )
    found = prune(old)
    assert "it is not JSON" in found["refused"]
    assert len(old.versions()) == 6
