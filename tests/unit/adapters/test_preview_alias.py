"""The alias of a preview: seen to have arrived, and what keeps it from being moved."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from handlers.adapters.functions.flips import Flipped
from handlers.adapters.functions.probes import Answered
from handlers.adapters.ledger.claims import Claim
from handlers.domain.codec import decode, encode
from handlers.domain.preview.preview import Preview
from handlers.domain.record import Record
from handlers.domain.shift.traffic import Managed
from handlers.domain.shift.traffic import Target as Traffic
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.errors import AliasMoved, ClaimLost, DeploymentClosed
from handlers.verifying import preview_alias
from handlers.verifying.preview_alias import PreviewAlias
from handlers.verifying.runner import Target

PREVIEW = Preview(url="https://p.example.com", alias="preview", functions=("api",))
CLAIM = Claim("shop", "shop-1.1.0-x", "arn:exec", 3, "2026-11-23T10:15:02Z", closed=False)
TARGETS = {"api": Target("shop-api", "8"), "worker": Target("shop-worker", "5")}
API = Managed("api", "shop-api", "entry", "7", weighted=True)


def record() -> Record:
    functions = {
        key: {"name": target.function, "kind": kind, "blue": "7", "weighted": True}
        for (key, target), kind in zip(TARGETS.items(), ("entry", "consumer"), strict=True)
    }
    text = dict.fromkeys(
        ("release", "digest", "source", "execution", "startedAt", "registrationHash", "note"), "x"
    )
    return decode(
        Record,
        {
            **text,
            "deployment": "shop-1.1.0-x",
            "service": "shop",
            "action": "deploy",
            "alias": "live",
            "functions": functions,
            "bundle": None,
            "shiftPlan": "all-at-once",
            "minMinutes": None,
            "bake": encode(BakeSettings()),
            "rollbackWindowHours": 24,
            "registrationVersion": 1,
            "probes": [],
            "former": None,
            "contracts": [],
        },
    )


class World:
    """Flips that go as told, and a function whose preview calls these versions, one after the other."""

    def __init__(self, *versions: str, found: bool = False, error: Exception | None = None) -> None:
        self.versions, self.found, self.error = list(versions), found, error
        self.orders: list[Any] = []
        self.called: list[str] = []
        self.slept: list[float] = []
        self.revision = "r1"
        self.alias = PreviewAlias(
            SimpleNamespace(flips=self, probes=self, aliases=self),  # type: ignore[arg-type]
            CLAIM,
            record(),
            PREVIEW,
            TARGETS,
            self.slept.append,
        )

    def try_all(self, claim: Claim, orders: Any) -> Any:
        self.orders = list(orders)
        if self.error:
            return [], {"shop-api": self.error}
        return [Flipped(API, Traffic("8", {}), 0.0, self.found, "r1")], {}

    def call(
        self, function: str, version: str, event: Mapping[str, Any], *, check: str
    ) -> Answered:
        self.called.append(f"{function}:{version}")
        answers = self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]
        return Answered({}, None, 1.0, answers, 120.0 if answers == "8" else 7.0)

    def read(self, function: str, name: str) -> Any:
        return SimpleNamespace(revision=self.revision, version="7") if self.revision else None


def test_only_the_functions_of_the_preview_are_moved_whatever_they_serve() -> None:
    world = World("8")
    world.alias.point()
    (order,) = world.orders
    assert (order.function.key, order.alias, order.target) == ("api", "preview", Traffic("8", {}))
    assert order.ours is None
    assert order.description == "greenshift shop t3 shop-1.1.0-x preview"
    assert world.alias.astray == {}


def test_green_is_seen_to_answer_before_any_check_counts_and_its_own_cold_start_is_kept() -> None:
    world = World("7", "7", "8")
    world.alias.point()
    assert world.alias.arrive("api", {}, "up") == 120.0
    assert world.called == ["shop-api:preview"] * 3
    assert len(world.slept) == 2


def test_a_move_that_does_not_arrive_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_alias, "_LONGEST", 0.0)
    world = World("7")
    world.alias.point()
    assert world.alias.arrive("api", {}, "up") is None
    assert "shop-api:preview still calls version 7" in world.alias.astray["api"]


@pytest.mark.parametrize(("found", "waits"), [(False, [5.0]), (True, [])])
def test_without_a_call_to_see_it_by_a_move_is_given_its_time_once(
    found: bool, waits: list[float]
) -> None:
    world = World("8", found=found)
    world.alias.point()
    assert world.alias.arrive("api", None, "") is None
    assert (world.slept, world.called) == (waits, [])


def test_an_alias_that_cannot_be_moved_is_told_and_nothing_raised() -> None:
    world = World("8", error=AliasMoved("it is gone"))
    world.alias.point()
    assert world.alias.astray == {"api": "shop-api:preview could not be moved: it is gone"}
    assert world.alias.moved_since("api") is None


@pytest.mark.parametrize("error", [ClaimLost("lost"), DeploymentClosed("over")])
def test_a_deployment_that_is_over_moves_nothing_more(error: Exception) -> None:
    with pytest.raises(type(error)):
        World("8", error=error).alias.point()


@pytest.mark.parametrize(
    ("revision", "told"),
    [("r1", None), ("r2", "was moved to version 7 by somebody else"), ("", "was deleted")],
)
def test_a_hand_on_the_preview_is_seen(revision: str, told: str | None) -> None:
    world = World("8")
    world.alias.point()
    world.revision = revision
    found = world.alias.moved_since("api")
    assert (found is None) if told is None else (told in str(found))
