"""What `status` and `watch` tell of what nobody watched: an upload that was refused, a stop."""

from collections.abc import Iterator
from typing import Any

import pytest
from engine import Engine
from person import Person, person
from queues import release
from service import Service
from states import States


@pytest.fixture
def operator(aws: Any, states: States, machine: Engine) -> Iterator[Person]:
    with person(aws, states, machine) as found:
        yield found


def test_what_is_refused_while_another_runs_is_told_meanwhile_and_afterwards(
    shop: Service, machine: Engine, operator: Person
) -> None:
    shop.register(concurrency="reject")
    shop.upload("1.0.0")
    told: list[dict[str, Any]] = []

    def ask(phase: str, document: Any) -> None:
        if phase == "bake" and not told:
            refused = machine.run(shop.upload("1.1.0"))
            assert refused.end == "Rejected", refused
            told.append(operator.status(shop.name)["refused"])
            told.append(refused.answer)

    machine.before = ask
    assert machine.run({"release": "1.0.0"}).end == "Released"
    during, answer = told
    assert during == answer
    assert operator.status(shop.name)["refused"] == answer
    for request in ({"release": "1.0.0"}, {"release": "1.1.0", "dryRun": True}):
        assert machine.run(request).end in ("NothingToDo", "Rejected")
        assert operator.status(shop.name)["refused"] == answer
    release(shop, machine, "1.2.0")
    assert operator.status(shop.name)["refused"] is None


def test_of_one_that_was_stopped_and_recovered_the_stage_still_says_that_it_was_stopped(
    shop: Service, machine: Engine, operator: Person
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")

    def stop(phase: str, document: Any) -> None:
        if phase == "verify_green":
            machine.stop(document["execution"])

    machine.before = stop
    run = machine.run({"release": "1.1.0"})
    machine.settle()
    recovery = machine.recover(run)
    assert recovery is not None
    assert recovery.end == "RolledBack", recovery
    for target in (shop.name, run.arn, recovery.answer["deployment"]):
        told = operator.tells("watch", target)
        assert told.code == 3, told.text
        assert "the execution aborted" in told.text
