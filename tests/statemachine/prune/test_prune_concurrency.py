"""Provisioned concurrency follows the releases, and is paid for where traffic can come to it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from engine import Engine
from invariants import assert_invariants
from pruner import LATER, Pruner, why
from queues import Holder
from service import RAISES, Service

from handlers.adapters.pruning.versions import Versions
from handlers.pruning import prune as pruning

TAKEN = "; its provisioned concurrency is taken back"
CHECK = '[[checks]]\nname = "up"\nfunction = "api"\nhttp = {method = "GET", path = "/"}\n'


def warm(shop: Service, version: str) -> None:
    shop.lambda_.put_provisioned_concurrency_config(
        FunctionName=shop.function("api"), Qualifier=version, ProvisionedConcurrentExecutions=2
    )


def is_warm(shop: Service) -> list[str]:
    """The versions that have provisioned concurrency."""
    found = []
    for version in shop.versions():
        try:
            shop.lambda_.get_provisioned_concurrency_config(
                FunctionName=shop.function("api"), Qualifier=version
            )
        except shop.lambda_.exceptions.ProvisionedConcurrencyConfigNotFoundException:
            continue
        found.append(version)
    return found


@pytest.fixture
def released(shop: Service, machine: Engine) -> Service:
    """1.1.0 is live as version 3, and one may go back to 2."""
    warm(shop, "1")
    for release in ("1.0.0", "1.1.0"):
        shop.upload(release)
        assert machine.run({"release": release}).end == "Released"
    assert is_warm(shop) == ["1", "2", "3"], "green is as warm as blue"
    return shop


def test_what_is_live_and_what_one_may_go_back_to_stays_warm(
    released: Service, machine: Engine, prune: Pruner
) -> None:
    prune.at = 0
    prune(released)
    assert is_warm(released) == ["1", "2", "3"]
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    found = prune(released)
    assert is_warm(released) == ["1", "2"], "the seed has it from its owner"
    assert why(found, "3")[1].endswith(TAKEN)
    assert_invariants(released, run)


def test_a_former_version_is_warm_no_longer_than_its_window(
    released: Service, machine: Engine, prune: Pruner
) -> None:
    prune.at = LATER
    told = prune(released, dry_run=True)
    assert why(told, "2") == ("kept", f"it is of 1.0.0, one of the last 10 releases{TAKEN}")
    assert is_warm(released) == ["1", "2", "3"], "a dry run changes nothing"
    assert why(prune(released), "2") == why(told, "2")
    assert is_warm(released) == ["1", "3"]
    assert TAKEN not in why(prune(released), "2")[1], "it is told once"

    released.upload("1.2.0")
    run = machine.run({"release": "1.2.0"})
    assert (run.end, is_warm(released)) == ("Released", ["1", "3", "4"])
    assert_invariants(released, run)


def test_a_green_that_failed_is_cold_after_the_next_prune_and_warm_when_it_comes_again(
    released: Service, machine: Engine, prune: Pruner
) -> None:
    released.upload("1.2.0", sources={"api": RAISES}, extra=CHECK + "expect = {status = 200}")
    assert machine.run({"release": "1.2.0"}).end == "RolledBack"
    assert is_warm(released) == ["1", "2", "3", "4"]
    prune.at = 0
    prune(released)
    assert is_warm(released) == ["1", "2", "3"]
    again = machine.run({"release": "1.2.0"})
    assert (again.end, again.answer["green"]) == ("RolledBack", {"api": "4"})
    assert is_warm(released) == ["1", "2", "3", "4"], "it was found again and is as warm as blue"
    assert_invariants(released, again)


def test_a_green_that_only_the_preview_has_is_not_kept_warm_for_it(
    released: Service, prune: Pruner
) -> None:
    url = "https://abc.execute-api.us-east-1.amazonaws.com"
    released.register(preview={"url": url, "alias": "preview"})
    released.lambda_.create_alias(
        FunctionName=released.function("api"), Name="preview", FunctionVersion="2"
    )
    prune.at = LATER
    state, told = why(prune(released), "2")
    assert state == "kept"
    assert told == f"the alias preview leads to it{TAKEN}"
    assert is_warm(released) == ["1", "3"]


def test_a_deployment_that_begins_meanwhile_keeps_its_green_warm(
    released: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    prune.at = LATER
    gather = pruning.gather
    with Holder(released) as holder:

        def take(*given: Any, **named: Any) -> Any:
            found = gather(*given, **named)
            holder.take()
            return found

        monkeypatch.setattr(pruning, "gather", take)
        prune(released)
    assert is_warm(released) == ["1", "2", "3"]


def test_concurrency_that_cannot_be_taken_is_told_and_keeps_nothing_else(
    released: Service, prune: Pruner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(versions: Versions, version: Any) -> None:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ClientError(error, "DeleteProvisionedConcurrencyConfig")

    monkeypatch.setattr(Versions, "cool", refuse)
    prune.at = LATER
    found = prune(released)
    state, told = why(found, "2")
    assert state == "failed"
    assert told.startswith("its provisioned concurrency could not be taken back: ")
    assert (found["failed"], found["kept"]) == (1, 2)
