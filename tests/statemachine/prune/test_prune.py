"""Old versions go when nobody can want them any more, and a deployment never misses one."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from engine import Engine
from invariants import assert_invariants, assert_whole
from pruner import LATER, Pruner, why
from queues import Holder
from service import GOOD, Service

from handlers.adapters.tools import Tools
from handlers.domain.bundle.pack import write_bundle
from handlers.domain.pruning.published import Version
from handlers.errors import ChecksFailed
from handlers.listeners import prune as listener
from handlers.pruning import prune as pruning


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
