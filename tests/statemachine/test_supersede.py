"""Where newer deployments supersede: an older one gives way before its shift, and not after."""

from collections.abc import Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied
from invariants import assert_invariants
from queues import Holder, Meanwhile, live, release, releases
from service import Service

from handlers.adapters.tools import Tools


@pytest.fixture
def shop(shop: Service) -> Service:
    shop.register(concurrency="supersede")
    return shop


@pytest.mark.parametrize(
    ("phase", "end"),
    [
        ("provision_green", "Rejected"),
        ("migrate_schema", "RolledBack"),
        ("verify_green", "RolledBack"),
        ("run_hooks", "RolledBack"),
    ],
)
def test_before_its_shift_the_older_one_ends_whole_and_the_newer_one_is_next(
    shop: Service, machine: Engine, phase: str, end: str
) -> None:
    release(shop, machine, "1.0.0")
    before = shop.revisions()
    shop.upload("1.1.0")
    meanwhile = Meanwhile(machine, phase, [lambda: shop.upload("1.2.0")])
    older = machine.run({"release": "1.1.0"})
    assert older.end == end, older
    assert older.answer["supersededBy"] == "1.2.0"
    assert "Superseded: 1.2.0 was asked for at" in older.answer["reason"]
    assert shop.revisions() == before
    assert_invariants(shop, older)
    assert meanwhile.runs[0].answer["queued"]["place"] == 1
    newer = machine.next(older)
    assert newer is not None
    assert (newer.end, live(shop), releases(shop)) == ("Released", "1.2.0", [])
    assert "supersededBy" not in newer.answer


@pytest.mark.parametrize("phase", ["shift_traffic", "bake", "finalize"])
def test_once_it_shifts_the_newer_one_waits_for_its_end(
    shop: Service, machine: Engine, phase: str
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")
    Meanwhile(machine, phase, [lambda: shop.upload("1.2.0")])
    older = machine.run({"release": "1.1.0"})
    assert older.end == "Released", older
    assert_invariants(shop, older)
    newer = machine.next(older)
    assert newer is not None
    assert (newer.end, live(shop)) == ("Released", "1.2.0")


def test_of_those_that_wait_the_newest_alone_stays(shop: Service, machine: Engine) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")
    meanwhile = Meanwhile(
        machine, "bake", [lambda: shop.upload("1.2.0"), lambda: shop.upload("1.3.0")]
    )
    older = machine.run({"release": "1.1.0"})
    assert releases(shop) == ["1.3.0"]
    dropped, newest = meanwhile.runs
    left = Tools().queue.left(shop.name, dropped.answer["queued"]["entry"])
    assert left is not None
    assert left["answer"]["outcome"] == "Rejected"
    assert left["answer"]["supersededBy"] == "1.3.0"
    assert left["answer"]["reason"] == "superseded by 1.3.0 before its turn"
    assert newest.answer["queued"]["place"] == 1
    turn = machine.next(older)
    assert turn is not None
    assert turn.answer["release"] == "1.3.0"


@pytest.mark.parametrize("concurrency", ["supersede", "queue"])
@pytest.mark.parametrize("scheduled", [False, True])
def test_an_event_for_an_older_release_than_the_one_that_runs_is_refused_and_a_person_may(
    shop: Service, machine: Engine, concurrency: str, *, scheduled: bool
) -> None:
    shop.register(concurrency=concurrency)
    release(shop, machine, "1.0.0")
    shop.upload("1.2.0")

    def event() -> object:
        uploaded = shop.upload("1.1.0")
        return {"release": "latest", "by": "schedule"} if scheduled else uploaded

    meanwhile = Meanwhile(machine, "verify_green", [event])
    newer = machine.run({"release": "1.2.0"})
    (refused,) = meanwhile.runs
    assert refused.end == "Rejected", refused
    (finding,) = refused.answer["findings"]
    assert (finding["code"], finding["what"]) == (
        "OlderThanQueued",
        "it is older than 1.2.0, which is being deployed",
    )
    assert f"`greenshift deploy {shop.name} 1.1.0`" in finding["do"]
    assert_invariants(shop, refused)
    assert (newer.end, live(shop), releases(shop)) == ("Released", "1.2.0", [])


def test_a_person_who_names_an_older_release_has_the_newer_one_give_way(
    shop: Service, machine: Engine
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")
    shop.upload("1.2.0")
    Meanwhile(machine, "verify_green", [{"release": "1.1.0"}])
    newer = machine.run({"release": "1.2.0"})
    assert (newer.end, newer.answer["supersededBy"]) == ("RolledBack", "1.1.0")
    older = machine.next(newer)
    assert older is not None
    assert (older.end, live(shop)) == ("Released", "1.1.0")


@pytest.mark.parametrize("action", ["contract", "rollback", "repair"])
def test_only_a_deployment_gives_way(shop: Service, machine: Engine, action: str) -> None:
    with Holder(shop, action) as holder:
        holder.take()
        waiting = machine.run(shop.upload("1.0.0"))
        assert waiting.answer["queued"]["place"] == 1
        assert Tools().journal.signals(holder.deployment) == {}
    assert machine.next(waiting) is not None
    assert live(shop) == "1.0.0"


def test_one_that_gave_way_and_was_stopped_on_its_way_back_still_says_so(
    shop: Service, machine: Engine
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")
    Meanwhile(machine, "verify_green", [lambda: shop.upload("1.2.0")])
    asked = machine.before

    def stop_on_the_way_back(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "roll_back" and not document["request"].get("action"):
            machine.stop(document["execution"])
            raise LambdaDied("Runtime.ExitError")
        asked(phase, document)

    machine.before = stop_on_the_way_back
    older = machine.run({"release": "1.1.0"})
    assert older.status == "ABORTED"
    machine.settle()
    recovery = machine.recover(older)
    assert recovery is not None
    assert recovery.end == "RolledBack"
    assert recovery.answer["supersededBy"] == "1.2.0"
    assert_invariants(shop, recovery)
    assert machine.next(recovery) is not None
