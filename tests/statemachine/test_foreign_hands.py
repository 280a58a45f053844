"""Somebody changes a function in the middle of a deployment: green is what was released, or nothing is."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import GOOD, Service, zipped

from handlers.adapters.functions.functions import Functions
from handlers.adapters.tools import Tools

FOREIGN = "def handler(event, context):\n    return {'foreign': True}\n"
OVERLAY = '[functions.api.configuration]\nenvironment = {FLAG = "green"}\n'

Hand = Callable[[Service], object]


@pytest.fixture
def shop(shop: Service) -> Service:
    shop.register(environmentKeys=["FLAG"])
    return shop


def changes_the_code(shop: Service) -> None:
    """As `cdk deploy` does, or somebody in Lambda's console."""
    function = shop.function("api")
    shop.lambda_.update_function_code(FunctionName=function, ZipFile=zipped(FOREIGN))


def changes_the_environment(shop: Service) -> None:
    function = shop.function("api")
    environment = {"Variables": {"FLAG": "foreign", "STACK": "new"}}
    shop.lambda_.update_function_configuration(FunctionName=function, Environment=environment)


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Has a hand act as often as said right after Greenshift's own write of `$LATEST`, before it
    has seen that its write is over.
    """

    def act(write: str, hand: Callable[[], object], *, times: int) -> None:
        left, real, settled = [times], getattr(Functions, write), Functions.settled

        def written(functions: Functions, name: str, *arguments: Any) -> Any:
            with monkeypatch.context() as once:

                def first(functions: Functions, name: str, version: str | None = None) -> Any:
                    found = settled(functions, name, version)
                    if not left[0]:
                        return found
                    left[0] -= 1
                    hand()
                    return settled(functions, name, version)

                once.setattr(Functions, "settled", first)
                return real(functions, name, *arguments)

        monkeypatch.setattr(Functions, write, written)

    return act


def answers(shop: Service, version: str) -> Mapping[str, Any]:
    called = shop.lambda_.invoke(FunctionName=shop.function("api"), Qualifier=version)
    found: Mapping[str, Any] = json.loads(called["Payload"].read())
    return found


def variables(shop: Service, version: str) -> Mapping[str, str]:
    found = shop.lambda_.get_function(FunctionName=shop.function("api"), Qualifier=version)
    environment: Mapping[str, str] = found["Configuration"]["Environment"]["Variables"]
    return environment


WRITES: list[tuple[str, Hand]] = [
    ("replace_code", changes_the_code),
    ("replace_code", changes_the_environment),
    ("configure", changes_the_code),
    ("configure", changes_the_environment),
]


@pytest.mark.parametrize(("write", "hand"), WRITES)
def test_green_is_what_was_released_though_a_hand_comes_between_our_writes(
    shop: Service, machine: Engine, between: Callable[..., None], write: str, hand: Hand
) -> None:
    shop.upload("1.0.0", extra=OVERLAY)
    between(write, lambda: hand(shop), times=1)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    version = run.answer["green"]["api"]
    assert answers(shop, version)["statusCode"] == 200, "the code is the bundle's"
    assert variables(shop, version)["FLAG"] == "green", "the release has set it"
    assert_invariants(shop, run)


@pytest.mark.parametrize(("write", "hand"), [WRITES[0], WRITES[3]])
def test_a_hand_that_never_rests_ends_the_deployment_and_is_told(
    shop: Service, machine: Engine, between: Callable[..., None], write: str, hand: Hand
) -> None:
    before = shop.revisions()
    shop.upload("1.0.0", extra=OVERLAY)
    between(write, lambda: hand(shop), times=99)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    told = f"somebody else changes {shop.function('api')} while it is deployed"
    assert told in run.answer["reason"]
    assert shop.revisions() == before, "live was written"
    assert_invariants(shop, run)


def test_who_puts_an_alias_back_on_blue_is_not_overruled_by_the_next_step(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    """In an emergency, by hand, before Greenshift has seen it: all goes back, and says why."""
    machine = machine_of(pair)
    pair.upload("1.0.0", plan="steps(50@0.001, 100@0.001)")
    steps: list[str] = []

    def put_back(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "shift_traffic":
            steps.append(phase)
            if len(steps) == 2:
                pair.point("api", "1")

    machine.before = put_back
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    told = f"{pair.function('api')}:live serves version 1, which this deployment did not leave"
    assert told in run.answer["reason"]
    assert {each["version"] for each in pair.live().values()} == {"1"}
    flips = Tools().journal.flips(run.answer["deployment"])
    assert not [
        flip for flip in flips if (flip["step"], flip["function"]) == (2, "api") and "at" in flip
    ]
    assert_invariants(pair, run)


def test_a_green_that_is_deleted_before_it_gets_traffic_ends_on_blue(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    shop.upload("1.1.0")
    before = shop.live()

    def delete(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "shift_traffic" and shop.live() == before:
            shop.lambda_.delete_function(
                FunctionName=f"{shop.function('api')}:{document['green']['versions']['api']}"
            )

    machine.before = delete
    run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert "api" in run.answer["reason"]
    assert shop.live() == before
    assert_invariants(shop, run)

    machine.before = lambda phase, document: None
    again = machine.run({"release": "1.1.0"})
    assert again.end == "Released", "another green is made of the same bundle"
    assert_invariants(shop, again)


@pytest.mark.parametrize("hand", [changes_the_code, changes_the_environment])
def test_a_stack_that_is_updated_during_the_bake_changes_nothing_of_green(
    shop: Service, machine: Engine, hand: Hand
) -> None:
    shop.upload("1.0.0", extra=OVERLAY)
    done: list[str] = []

    def update(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "bake" and not done:
            done.append(phase)
            hand(shop)
            shop.register(environmentKeys=["FLAG"], rollbackWindowHours=1)

    machine.before = update
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    live = shop.live()["api"]["version"]
    assert (answers(shop, live)["statusCode"], variables(shop, live)["FLAG"]) == (200, "green")
    assert_invariants(shop, run)

    shop.upload("1.1.0", sources={"api": GOOD + "\n# 1.1.0\n"})
    after = machine.run({"release": "1.1.0"})
    assert after.end == "Released", after
    live = shop.live()["api"]["version"]
    assert answers(shop, live)["statusCode"] == 200
    stack = {"STACK": "new", "FLAG": "foreign"} if hand is changes_the_environment else {}
    assert variables(shop, live) == stack, "the stack's values count from the next release on"
    assert_invariants(shop, after)
