"""What a rollback would go back to is kept callable."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from handlers.adapters.clock import iso
from handlers.listeners.ping import _DAY, _HOUR, due, ping

SWEEP, BEGAN = 300, 1_795_000_000.0


def live(**changes: Any) -> dict[str, Any]:
    found = {
        "versions": {"api": "3", "same": "2", "worker": "3"},
        "functions": {key: {"name": f"orders-{key}"} for key in ("api", "same", "worker")},
        "rollbackUntil": iso(BEGAN + 30 * _DAY),
        "former": {
            "versions": {"api": "2", "same": "2", "worker": "2"},
            "probes": [{"function": "api", "event": {"rawPath": "/"}}],
        },
    }
    return found | changes


class Lambda:
    """Versions in these states; counts the looks and the calls."""

    def __init__(self, record: Mapping[str, Any] | None, **states: str | None) -> None:
        self.states = states
        self.looks: list[str] = []
        self.calls: list[tuple[str, Any]] = []
        self.tools: Any = SimpleNamespace(
            journal=SimpleNamespace(live=lambda _: record), functions=self, wakers=self
        )

    def read(self, name: str, version: str) -> dict[str, Any] | None:
        self.looks.append(f"{name}:{version}")
        state = self.states.get(name.removeprefix("orders-"), "Active")
        return None if state is None else {"Configuration": {"State": state}}

    def call(self, name: str, version: str, event: Any, *, check: str) -> None:
        self.calls.append((f"{name}:{version}", event))
        raise RuntimeError("whatever it answers")

    def day(self, days: int = 1) -> list[list[str]]:
        """What the sweeps of so many days have found asleep."""
        moments = (BEGAN + number * SWEEP for number in range(days * _DAY // SWEEP))
        return [found for at in moments if (found := ping(self.tools, "orders", at, SWEEP))]


def test_in_a_day_blue_is_looked_at_each_hour_and_called_once_by_a_harmless_check() -> None:
    found = Lambda(live())
    assert found.day() == []
    assert found.looks == ["orders-api:2", "orders-worker:2"] * 24, "what is live needs no ping"
    assert found.calls == [("orders-api:2", {"rawPath": "/"})], "worker has no harmless check"


def test_a_version_that_is_inactive_is_called_whatever_it_understands() -> None:
    """The call is rejected before its code runs."""
    found = Lambda(live(), worker="Inactive")
    assert found.day() == [["worker"]] * 24
    assert [each for each in found.calls if "worker" in each[0]] == [("orders-worker:2", {})] * 24


@pytest.mark.parametrize("state", ["Pending", "Failed", None])
def test_what_cannot_be_called_now_is_left(state: str | None) -> None:
    found = Lambda(live(), api=state)
    assert (found.day(), found.calls) == ([], [])


@pytest.mark.parametrize(
    "record",
    [None, live(former=None), live(rollbackUntil=iso(BEGAN - 1))],
    ids=["never released", "went back", "window over"],
)
def test_without_a_way_back_nothing_is_called(record: Mapping[str, Any] | None) -> None:
    found = Lambda(record)
    assert (found.day(), found.looks, found.calls) == ([], [], [])


def test_services_have_turns_of_their_own() -> None:
    names = [f"service{number}" for number in range(50)]
    turns = {
        tuple(due(name, BEGAN + number * SWEEP, _HOUR, SWEEP) for number in range(12))
        for name in names
    }
    assert all(sum(turn) == 1 for turn in turns)
    assert len(turns) > 6
