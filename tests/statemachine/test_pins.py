"""Green calls green and blue calls blue: a caller has the versions of its peers in its environment (I10)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied
from invariants import assert_invariants
from load import calling
from service import Service

from handlers.adapters.tools import Tools

CALLS = """
import boto3, json, os
peer = boto3.client("lambda")
def handler(event, context):
    answer = peer.invoke(FunctionName=os.environ["PRICES_FUNCTION"], Payload=b"{}")
    found = json.load(answer["Payload"])
    told = {"api": context.function_version, "prices": found.get("version", "failed")}
    return {"statusCode": 200, "body": json.dumps(told)}
# %s
"""
PRICES = """
def handler(event, context):
    %s
    return {"version": context.function_version}
"""
CHECK = """[[checks]]
name = "there are prices"
function = "prices"
event = "checks/any.json"
"""
BREAKS = "raise RuntimeError('no prices')"


@pytest.fixture
def shop(make: Callable[..., Service]) -> Service:
    """An API that calls its prices by their version; the stack has given it their alias."""
    service = make(kinds={"api": "entry", "prices": "internal"})
    pin(service)
    service.lambda_.update_function_configuration(
        FunctionName=service.function("api"),
        Environment={"Variables": {"PRICES_FUNCTION": live(service), "TABLE": "t"}},
    )
    return service


def live(service: Service) -> str:
    return f"{service.arn('prices')}:live"


def pin(service: Service, **calls: Mapping[str, str]) -> None:
    """Registers who calls whom by version."""
    calls = calls or {"api": {"PRICES_FUNCTION": "prices"}}
    functions = {
        key: {"name": service.function(key), "kind": kind, "calls": calls.get(key, {})}
        for key, kind in service.kinds.items()
    }
    service.register(functions=functions)


def sources(api: str = "", prices: str = "") -> dict[str, str]:
    """The code of the functions that are named."""
    return ({"api": CALLS % api} if api else {}) | ({"prices": PRICES % prices} if prices else {})


def environment(service: Service, key: str, version: str) -> dict[str, str]:
    found = service.lambda_.get_function_configuration(
        FunctionName=service.function(key), Qualifier=version
    )
    return dict(found.get("Environment", {}).get("Variables", {}))


def pinned(service: Service, version: str) -> str:
    """The version of the prices that a version of the API names; fails where it names none."""
    arn, _, number = environment(service, "api", version)["PRICES_FUNCTION"].rpartition(":")
    assert arn == service.arn("prices")
    return number


def answers(service: Service, qualifier: str = "live", times: int = 1) -> set[tuple[str, str]]:
    """Which version of the API answered, and which of the prices it was told of."""
    found = set()
    for _ in range(times):
        answer = service.lambda_.invoke(
            FunctionName=service.function("api"), Qualifier=qualifier, Payload=b"{}"
        )
        told = json.loads(json.load(answer["Payload"])["body"])
        found.add((told["api"], told["prices"]))
    return found


def first_release(service: Service, machine: Engine) -> None:
    service.upload("1.0.0", sources=sources("1.0.0", "'1.0.0'"))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert pinned(service, "2") == "2"


def test_while_traffic_is_shared_each_version_calls_its_own_peer(
    shop: Service, machine: Engine
) -> None:
    first_release(shop, machine)
    seen: list[set[tuple[str, str]]] = []

    def shifted(phase: str, document: Any) -> None:
        if phase == "shift_traffic":
            seen.append(answers(shop, times=20))

    shop.upload("1.1.0", sources=sources("1.1.0", "'1.1.0'"), plan="steps(50@0.001, 100@0.001)")
    machine.after = shifted
    run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert seen == [{("2", "2"), ("3", "3")}, {("3", "3")}]
    assert (pinned(shop, "2"), pinned(shop, "3")) == ("2", "3")
    assert environment(shop, "api", "3")["TABLE"] == "t"
    assert_invariants(shop, run)


def test_after_the_way_back_blue_calls_blue_again(shop: Service, machine: Engine) -> None:
    first_release(shop, machine)
    shop.upload("1.1.0", sources=sources("1.1.0", "'1.1.0'"), plan="steps(50@0.001, 100@0.001)")

    def dies(phase: str, document: Any) -> None:
        if phase == "bake" and document["traffic"]["step"] == 2:
            raise ValueError("the second step goes wrong")

    machine.before = dies
    run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert answers(shop, times=10) == {("2", "2")}
    assert_invariants(shop, run)


def test_a_rollback_by_hand_needs_nothing_but_the_aliases(shop: Service, machine: Engine) -> None:
    first_release(shop, machine)
    shop.upload("1.1.0", sources=sources("1.1.0", "'1.1.0'"))
    assert machine.run({"release": "1.1.0"}).end == "Released"
    assert answers(shop, times=5) == {("3", "3")}
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    assert answers(shop, times=5) == {("2", "2")}


def test_a_caller_that_the_release_does_not_name_gets_a_version_for_the_new_peer(
    shop: Service, machine: Engine
) -> None:
    first_release(shop, machine)
    # A release that went back leaves another code in $LATEST than blue has.
    event = {"checks/any.json": b"{}"}
    shop.upload("1.1.0", sources=sources("1.1.0", BREAKS), extra=CHECK, others=event)
    assert machine.run({"release": "1.1.0"}).end == "RolledBack"
    shop.upload("1.2.0", sources=sources(prices="'1.2.0'"))
    run = machine.run({"release": "1.2.0"})
    assert run.end == "Released", run
    api, prices = (run.answer["green"][key] for key in ("api", "prices"))
    assert pinned(shop, api) == prices
    configuration = [
        shop.lambda_.get_function_configuration(
            FunctionName=shop.function("api"), Qualifier=version
        )
        for version in ("2", api)
    ]
    assert configuration[0]["CodeSha256"] == configuration[1]["CodeSha256"]
    assert answers(shop, times=3) == {(api, prices)}
    assert_invariants(shop, run)


def test_a_peer_that_is_unchanged_is_named_by_its_blue(shop: Service, machine: Engine) -> None:
    first_release(shop, machine)
    shop.upload("1.1.0", sources=sources("1.1.0", "'1.0.0'"))
    run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert run.answer["green"] == {"api": "3", "prices": "unchanged"}
    assert pinned(shop, "3") == "2"
    shop.upload("1.2.0", sources=sources("1.1.0", "'1.0.0'"))
    run = machine.run({"release": "1.2.0"})
    assert run.answer["green"] == {"api": "unchanged", "prices": "unchanged"}


def test_a_chain_of_peers_is_published_from_its_end(
    make: Callable[..., Service], machine_of: Callable[[Service], Engine]
) -> None:
    chain = make(kinds={"api": "entry", "prices": "internal", "rates": "internal"})
    pin(chain, api={"PRICES_FUNCTION": "prices"}, prices={"RATES_FUNCTION": "rates"})
    machine = machine_of(chain)
    every = {**sources("1", "'1'"), "rates": PRICES % "'1'"}
    chain.upload("1.0.0", sources=every)
    assert machine.run({"release": "1.0.0"}).end == "Released"
    chain.upload("1.1.0", sources={"rates": PRICES % "'2'"})
    run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert run.answer["green"] == {"api": "3", "prices": "3", "rates": "3"}
    assert pinned(chain, "3") == "3"
    assert environment(chain, "prices", "3")["RATES_FUNCTION"] == f"{chain.arn('rates')}:3"
    assert environment(chain, "prices", "2")["RATES_FUNCTION"] == f"{chain.arn('rates')}:2"


def test_a_lost_answer_publishes_nothing_twice(shop: Service, machine: Engine) -> None:
    first_release(shop, machine)
    shop.upload("1.1.0", sources=sources(prices="'1.1.0'"))
    lost = [True]

    def lose(phase: str, document: Any) -> None:
        if phase == "provision_green" and lost.pop() if lost else False:
            raise LambdaDied("Sandbox.Timedout")

    machine.after = lose
    run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert machine.calls.count("provision_green") == 3, "the first release's, and two tries"
    assert (shop.versions("api"), shop.versions("prices")) == (["1", "2", "3"], ["1", "2", "3"])
    assert pinned(shop, "3") == "3"


def test_a_call_that_is_no_longer_declared_gets_the_stacks_value_again(
    shop: Service, machine: Engine
) -> None:
    first_release(shop, machine)
    shop.register()
    shop.upload("1.1.0", sources=sources("1.1.0", "'1.1.0'"))
    assert machine.run({"release": "1.1.0"}).end == "Released"
    assert environment(shop, "api", "3") == {"PRICES_FUNCTION": live(shop), "TABLE": "t"}


def test_an_environment_without_room_for_the_versions_is_told_before_anything_is_published(
    shop: Service, machine: Engine
) -> None:
    shop.lambda_.update_function_configuration(
        FunctionName=shop.function("api"), Environment={"Variables": {"LONG": "x" * 4050}}
    )
    shop.upload("1.0.0", sources=sources("1.0.0"))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert f"the environment of {shop.function('api')} would have 4,1" in run.answer["reason"]
    assert shop.versions("api") == ["1"]
    assert_invariants(shop, run)


def test_the_plan_warns_of_a_blue_that_still_calls_by_the_alias(
    shop: Service, machine: Engine
) -> None:
    told = "blue of api calls prices by the alias still"
    shop.upload("1.0.0", sources=sources("1.0.0", "'1.0.0'"), plan="canary(10, 1)")
    first = machine.run({"release": "1.0.0", "dryRun": True})
    assert told in first.answer["reason"]
    first_release(shop, machine)
    shop.upload("1.1.0", sources=sources("1.1.0", "'1.1.0'"), plan="canary(10, 1)")
    assert told not in machine.run({"release": "1.1.0", "dryRun": True}).answer["reason"]


def test_the_bake_judges_a_peer_by_what_is_asked_of_its_version(
    shop: Service, machine_of: Callable[..., Engine]
) -> None:
    """The API answers whatever its prices do: only their own counts tell that green fails."""
    machine = machine_of(shop, waiting=True)
    first_release(shop, machine)
    shop.upload("1.1.0", sources=sources("1.1.0", BREAKS), plan="steps(50@2, 100@2)")
    with calling(shop) as load:
        run = machine.run({"release": "1.1.0"})
    assert load.failed == {}
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith("prices: green failed ")
    assert_invariants(shop, run)


def test_a_peer_that_answers_well_passes_by_what_is_asked_of_both_its_versions(
    shop: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(shop, waiting=True)
    first_release(shop, machine)
    good = sources("1.1.0", "'1.1.0'")
    bake = 'inconclusive = "rollBack"\npTol = 0.2'
    shop.upload("1.1.0", sources=good, plan="steps(50@2, 100@2)", bake=bake)
    with calling(shop):
        run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    first, second = Tools().journal.verdicts(run.answer["deployment"])
    assert first["verdict"] == second["verdict"] == "pass"
    for arm in (1, 3):
        asked = sum(row[arm] for row in first["evidence"]["prices"])
        assert asked > 0, "green's and blue's prices, each asked by its own API"
    assert_invariants(shop, run)
