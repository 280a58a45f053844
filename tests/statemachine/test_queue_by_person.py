"""Whoever watches a deployment that waits is told its place, and then how its turn went."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from engine import Engine, Run
from person import Person, Told, person
from queues import live, queued_behind, release, releases
from service import Service
from states import States


@pytest.fixture
def somebody(aws: Any, states: States, machine: Engine) -> Iterator[Person]:
    with person(aws, states, machine) as found:
        yield found


class Watched:
    """A command that runs beside the test, as it waits for others' ends."""

    def __init__(self, command: Callable[[], Told]) -> None:
        self._told: list[Told] = []
        self._thread = threading.Thread(target=lambda: self._told.append(command()))
        self._thread.start()

    def told(self) -> Told:
        self._thread.join(60)
        assert self._told, "the command has not ended"
        return self._told[0]


def begin(shop: Service, machine: Engine, somebody: Person, *arguments: str) -> tuple[Run, Watched]:
    """1.0.0 is deployed, and 1.1.0 asked for meanwhile and watched."""
    shop.upload("1.0.0")
    shop.upload("1.1.0")
    watched: list[Watched] = []

    def ask(phase: str, document: Any) -> None:
        if phase == "bake" and not watched:
            command = ("deploy", shop.name, "1.1.0", "--watch", *arguments)
            watched.append(Watched(lambda: somebody.tells(*command)))
            deadline = time.monotonic() + 30
            while not releases(shop):
                assert time.monotonic() < deadline
                time.sleep(0.02)

    machine.before = ask
    first = machine.run({"release": "1.0.0"})
    assert first.end == "Released", first
    return first, watched[0]


def test_deploy_watch_tells_the_place_and_follows_the_turn_to_its_end(
    shop: Service, machine: Engine, somebody: Person
) -> None:
    first, watched = begin(shop, machine, somebody)
    assert machine.next(first) is not None
    told = watched.told()
    assert told.code == 0, told.text
    assert "Wait in the queue …" in told.text
    assert "number 1 of 1 in the queue" in told.text
    assert "Released after" in told.text
    assert live(shop) == "1.1.0"


def test_the_last_line_for_a_script_is_the_answer_of_the_turn(
    shop: Service, machine: Engine, somebody: Person
) -> None:
    first, watched = begin(shop, machine, somebody, "--json")
    turn = machine.next(first)
    assert turn is not None
    told = watched.told()
    documents = [json.loads(each) for each in told.text.splitlines()]
    assert "Queued" in {each.get("phase") for each in documents}
    assert documents[-1] == turn.answer
    assert documents[-1]["outcome"] == "Released"


def test_whoever_watches_one_that_is_taken_out_is_told_so(
    shop: Service, machine: Engine, somebody: Person
) -> None:
    _, watched = begin(shop, machine, somebody)
    machine.run({"release": "1.1.0", "withdraw": True})
    told = watched.told()
    assert (told.code, "it was taken out of the queue" in told.text) == (2, True), told.text


def test_stop_queued_takes_a_release_out_and_status_lists_who_waits(
    shop: Service, machine: Engine, somebody: Person
) -> None:
    first, _ = queued_behind(shop, machine, "1.1.0", "1.2.0")
    told = somebody.tells("status", shop.name).text
    assert "waiting: 1. 1.1.0 since 20" in told
    assert "(by its upload)" in told
    assert f"`greenshift stop {shop.name} --queued 1.2.0`" in told
    waiting = somebody.status(shop.name)["queue"]
    assert [(each["place"], each["release"], each["source"]) for each in waiting] == [
        (1, "1.1.0", "s3"),
        (2, "1.2.0", "s3"),
    ]
    out = somebody.tells("stop", shop.name, "--queued", "1.1.0")
    assert (out.code, "1.1.0 was taken out of the queue" in out.text) == (0, True), out.text
    none = somebody.tells("stop", shop.name, "--queued", "1.1.0")
    see = f"see with `greenshift status {shop.name}` what waits, and what runs"
    assert none.text == f"{shop.name}: 1.1.0 does not wait in the queue; {see}\n"
    assert none.code == 2
    turn = machine.next(first)
    assert turn is not None
    assert turn.answer["release"] == "1.2.0"


def test_a_deployment_that_gave_way_exits_with_5(
    shop: Service, machine: Engine, somebody: Person
) -> None:
    shop.register(concurrency="supersede")
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")
    asked: list[Run] = []

    def ask(phase: str, document: Any) -> None:
        if phase == "verify_green" and not asked:
            asked.append(machine.run(shop.upload("1.2.0")))
            asked.append(machine.run(shop.upload("1.3.0")))

    machine.before = ask
    told = somebody.tells("deploy", shop.name, "1.1.0", "--watch")
    assert told.code == 5, told.text
    assert "Superseded after" in told.text
    dropped = somebody.tells("watch", asked[0].arn)
    assert dropped.code == 5, dropped.text
    assert "superseded by 1.3.0 before its turn" in dropped.text
