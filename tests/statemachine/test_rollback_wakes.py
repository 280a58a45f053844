"""A blue that Lambda has made idle is woken before traffic goes back to it."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import Service
from ways_back import standing

from handlers import roll_back
from handlers.rolling_back import wake


class Idle:
    """Lambda, for which some versions are Inactive: the call that finds one so is rejected, and has
    it restored; it is Pending for so many more looks.
    """

    def __init__(self, service: Service, asleep: Collection[str], looks: int) -> None:
        self._lambda, self._left = service.lambda_, dict.fromkeys(asleep, looks)
        self._called: set[str] = set()
        self.told: list[str] = []

    def read(self, name: str, version: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self._lambda.get_function(FunctionName=name, Qualifier=version)
        found["Configuration"]["State"] = self._state(name)
        return found

    def configuration(self, name: str, version: str | None = None) -> dict[str, Any]:
        return dict(self.read(name, version)["Configuration"])

    def _state(self, name: str) -> str:
        if name not in self._left:
            return "Active"
        if name not in self._called:
            return "Inactive"
        self._left[name] -= 1
        if not self._left[name]:
            del self._left[name]
        return "Pending"

    def call(self, name: str, version: str, event: object, *, check: str) -> None:
        self.told.append(f"{name}:{version} {event} {check}")
        self._called.add(name)
        raise RuntimeError("ResourceNotReadyException")


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Idle]]:
    def make(service: Service, *asleep: str, looks: int = 2) -> Idle:
        found = Idle(service, [service.function(key) for key in asleep], looks)
        monkeypatch.setitem(roll_back.tools.__dict__, "functions", found)
        monkeypatch.setitem(roll_back.tools.__dict__, "wakers", found)
        monkeypatch.setattr(wake, "_PAUSE", 0.01)
        return found

    yield make


def test_a_blue_that_is_idle_is_woken_before_traffic_moves_to_it(
    pair: Service, machine_of: Callable[..., Engine], idle: Callable[..., Idle]
) -> None:
    machine = machine_of(pair)
    standing(pair)
    lambda_ = idle(pair, "worker")
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"] == (
        "rolled back by hand; blue of worker was not ready, and was waited for, 0 s"
    )
    assert lambda_.told == [f"{pair.function('worker')}:2 {{}} wake"], "called once, and no other"
    assert_invariants(pair, run)


def test_a_blue_that_does_not_wake_does_not_block_the_way_back(
    shop: Service,
    machine: Engine,
    idle: Callable[..., Idle],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standing(shop)
    idle(shop, "api", looks=10_000)
    monkeypatch.setattr(wake, "_SECONDS", 0.1)
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"].endswith("; look at blue: api is Pending")
    assert_invariants(shop, run)
