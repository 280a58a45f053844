"""Deployments that come while another runs wait for their turn, in their order, and none is lost."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants, assert_whole
from queues import Holder, Meanwhile, line, live, queued_behind, release, releases
from service import Service

from handlers import plan
from handlers.adapters.tools import Tools
from handlers.listeners import start_next


def test_three_that_wait_are_started_in_their_order_each_at_the_end_of_the_one_before(
    shop: Service, machine: Engine
) -> None:
    first, waiting = queued_behind(shop, machine, "1.1.0", "1.2.0", "1.3.0")
    assert first.end == "Released", first
    for place, run in enumerate(waiting, 1):
        assert run.end == "NothingToDo", run
        assert run.answer["queued"]["place"] == place
        assert (
            f"number {place} in the queue, behind {first.answer['deployment']}"
            in (run.answer["reason"])
        )
        assert_invariants(shop, run)
    assert releases(shop) == ["1.1.0", "1.2.0", "1.3.0"]
    ended, seen = first, []
    while (turn := machine.next(ended)) is not None:
        assert turn.end == "Released", turn
        assert_invariants(shop, turn)
        seen.append(turn.answer["release"])
        ended = turn
    assert seen == ["1.1.0", "1.2.0", "1.3.0"]
    assert (live(shop), releases(shop)) == ("1.3.0", [])
    for run, number in zip(waiting, seen, strict=True):
        left = Tools().queue.left(shop.name, run.answer["queued"]["entry"])
        assert left is not None
        assert (
            Tools()
            .claims.execution(left["execution"])["deployment"]
            .startswith(  # type: ignore[index]
                f"{shop.name}-{number}-"
            )
        )


def test_the_order_is_that_of_asking_not_that_of_planning(shop: Service, machine: Engine) -> None:
    """Two bundles dropped at once, whose Plans overtake each other; a person's may be older."""
    release(shop, machine, "1.0.0")
    for number in ("1.1.0", "1.2.0", "1.3.0"):
        shop.upload(number)
    held: dict[str, Run] = {}

    def overtake(phase: str, document: Mapping[str, Any]) -> None:
        asked = document["request"].get("release")
        if phase == "bake" and not held:
            held["1.2.0"] = machine.run({"release": "1.2.0"})
        elif phase == "plan" and asked == "1.2.0" and "1.3.0" not in held:
            held["1.3.0"] = machine.run({"release": "1.3.0"})

    machine.before = overtake
    first = machine.run({"release": "1.1.0"})
    assert first.end == "Released", first
    assert [held["1.3.0"].answer["queued"]["place"], held["1.2.0"].answer["queued"]["place"]] == [
        1,
        1,
    ]
    assert releases(shop) == ["1.2.0", "1.3.0"]


def test_of_two_at_once_the_one_that_loses_the_race_for_the_claim_queues(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    detail = shop.upload("1.0.0")
    with Holder(shop) as holder:
        monkeypatch.setattr(plan, "lay_out_with_blue", before(plan.lay_out_with_blue, holder.take))
        lost = machine.run(detail)
        assert lost.answer["queued"]["place"] == 1
        assert f"behind {holder.deployment}" in lost.answer["reason"]
    turn = machine.next(lost)
    assert turn is not None
    assert (turn.end, live(shop)) == ("Released", "1.0.0")


def before(call: Callable[..., Any], happens: Callable[[], object]) -> Callable[..., Any]:
    """The call, before whose first time something happens."""
    left = [happens]

    def both(*arguments: Any) -> Any:
        while left:
            left.pop()()
        return call(*arguments)

    return both


def test_an_end_that_is_told_twice_or_late_starts_nothing_twice(
    shop: Service, machine: Engine
) -> None:
    first, (waiting,) = queued_behind(shop, machine, "1.1.0")
    assert machine.next(first) is not None
    for run in (first, waiting, first):
        assert machine.next(run) is None
    assert live(shop) == "1.1.0"


def test_while_a_deployment_runs_no_end_of_another_starts_one(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    seen: list[Run | None] = []

    def drop() -> object:
        return shop.upload("1.1.0")

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "bake" and not seen:
            seen.append(machine.next(machine.run(drop())))

    machine.before = ask
    assert machine.run({"release": "1.0.0"}).end == "Released"
    assert seen == [None]
    assert line(shop)[0].starts == 0


def test_the_same_bundle_is_one_entry_and_a_person_says_how_it_is_deployed(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    detail = shop.upload("1.1.0")
    asked = {"release": "1.1.0", "shiftPlan": "steps(50@0.001, 100@0.001)"}
    latest = {"release": "latest", "by": "schedule"}
    meanwhile = Meanwhile(machine, "bake", [detail, detail, asked, detail, latest])
    first = machine.run({"release": "1.0.0"})
    assert [run.answer["queued"]["place"] for run in meanwhile.runs] == [1] * 5
    assert len({run.answer["queued"]["entry"] for run in meanwhile.runs}) == 1
    assert len(line(shop)) == 1
    turn = machine.next(first)
    assert turn is not None
    record = assert_invariants(shop, turn)
    assert record["shiftPlan"] == "steps(50@0.001, 100@0.001)"
    assert machine.next(turn) is None


def test_the_very_bundle_that_was_queued_is_deployed_whatever_is_uploaded_later(
    shop: Service, machine: Engine
) -> None:
    first, (waiting,) = queued_behind(shop, machine, "1.1.0")
    shop.upload("1.1.0", sources={"api": "def handler(event, context): return 'other'"})
    turn = machine.next(first)
    assert turn is not None
    assert turn.answer["digest"] == waiting.answer["digest"]


def test_an_event_for_an_older_release_than_one_that_waits_is_rejected_and_a_person_may(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    older = {"release": "1.1.0"}
    meanwhile = Meanwhile(
        machine, "bake", [lambda: shop.upload("1.2.0"), lambda: shop.upload("1.1.0"), older]
    )
    machine.run({"release": "1.0.0"})
    _, refused, forced = meanwhile.runs
    assert refused.answer["findings"][0]["code"] == "OlderThanQueued"
    assert f"`greenshift deploy {shop.name} 1.1.0`" in refused.answer["reason"]
    assert_invariants(shop, refused)
    assert forced.answer["queued"]["place"] == 2
    assert releases(shop) == ["1.2.0", "1.1.0"]


def test_a_bundle_that_would_be_refused_anyway_is_refused_at_once(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    meanwhile = Meanwhile(machine, "bake", [lambda: shop.upload("1.1.0", b"not a zip")])
    machine.run({"release": "1.0.0"})
    assert meanwhile.runs[0].answer["findings"][0]["code"] == "NotAZip"
    assert releases(shop) == []


def test_one_that_is_rejected_at_its_turn_holds_nobody_up(shop: Service, machine: Engine) -> None:
    first, _ = queued_behind(shop, machine, "1.1.0", "1.2.0")
    machine.before = lambda phase, document: None
    bad = line(shop)[0].bundle
    versions = shop.s3.list_object_versions(Bucket=shop.bucket, Prefix=bad.key)["Versions"]
    for each in versions:
        shop.s3.delete_object(Bucket=shop.bucket, Key=bad.key, VersionId=each["VersionId"])
    refused = machine.next(first)
    assert refused is not None
    assert refused.end == "Rejected", refused
    assert refused.answer["findings"][0]["code"] == "BundleGone"
    assert releases(shop) == ["1.2.0"]
    turn = machine.next(refused)
    assert turn is not None
    assert (turn.end, live(shop)) == ("Released", "1.2.0")


def test_one_whose_plan_dies_holds_nobody_up(shop: Service, machine: Engine) -> None:
    first, _ = queued_behind(shop, machine, "1.1.0", "1.2.0")

    def die(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "plan":
            raise LambdaDied("Lambda.Unknown")

    machine.before = die
    dead = machine.next(first)
    assert dead is not None
    assert dead.end == "Rejected", dead
    assert releases(shop) == ["1.1.0", "1.2.0"]
    machine.before = lambda phase, document: None
    turn = machine.next(dead)
    assert turn is not None
    assert (turn.end, turn.answer["release"], releases(shop)) == ("Released", "1.2.0", [])


def test_one_whose_turn_could_record_nothing_leaves_with_a_reason(
    shop: Service, machine: Engine
) -> None:
    first, (waiting,) = queued_behind(shop, machine, "1.1.0")

    def die(phase: str, document: Mapping[str, Any]) -> None:
        raise LambdaDied("Lambda.Unknown")

    machine.before = die
    dead = machine.next(first)
    assert dead is not None
    assert dead.end == "NeedsAttention", dead
    assert (machine.next(dead), releases(shop)) == (None, [])
    left = Tools().queue.left(shop.name, waiting.answer["queued"]["entry"])
    assert left is not None
    assert (left["execution"], left["answer"]["outcome"]) == (dead.arn, "Rejected")
    assert left["answer"]["deployment"] == waiting.answer["deployment"]
    assert left["answer"]["reason"] == (
        f"its turn ended before anything was begun: see the execution {dead.arn}"
    )
    assert_whole(shop)


def test_one_whose_turn_was_stopped_does_not_come_again(shop: Service, machine: Engine) -> None:
    first, _ = queued_behind(shop, machine, "1.1.0")

    def stop(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "plan":
            machine.stop(document["execution"])
            raise LambdaDied("Runtime.ExitError")

    machine.before = stop
    stopped = machine.next(first)
    assert stopped is not None
    assert stopped.status == "ABORTED"
    machine.settle()
    recovery = machine.recover(stopped)
    assert recovery is not None
    assert (machine.next(stopped), releases(shop)) == (None, [])
    assert_whole(shop)


def test_a_start_that_was_counted_and_not_made_is_made_by_the_next_who_looks(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = queued_behind(shop, machine, "1.1.0")
    with monkeypatch.context() as patched:

        def dies(*_: Any) -> None:
            raise LambdaDied("Runtime.ExitError")

        patched.setattr(type(start_next.tools.executions), "start", dies)
        with pytest.raises(LambdaDied):
            machine.next(first)
    assert line(shop)[0].starts == 1
    turn = machine.next(first)
    assert turn is not None
    assert turn.arn.rpartition(":")[2].startswith("queued-1-")
    assert (turn.end, live(shop)) == ("Released", "1.1.0")


def test_a_turn_that_finds_the_service_held_again_keeps_its_place(
    shop: Service, machine: Engine
) -> None:
    """Whoever was quicker: a contract, say, or a rollback, which is never behind a queue."""
    first, _ = queued_behind(shop, machine, "1.1.0", "1.2.0")
    with Holder(shop) as holder:
        machine.before = lambda phase, document: holder.take()
        turn = machine.next(first)
        machine.before = lambda phase, document: None
        assert turn is not None
        assert (turn.end, turn.answer["queued"]["place"]) == ("NothingToDo", 1)
        assert_invariants_of_waiting(turn)
        assert machine.next(turn) is None, "the service is held"
    again = machine.next(turn)
    assert again is not None
    assert again.arn.rpartition(":")[2].startswith("queued-2-")
    assert (again.end, live(shop), releases(shop)) == ("Released", "1.1.0", ["1.2.0"])


def assert_invariants_of_waiting(run: Run) -> None:
    """Its record is complete, though another holds the service."""
    known = Tools().claims.execution(run.arn)
    assert known is not None
    assert known["closed"]
    assert (Tools().journal.deployment(known["deployment"]) or {})["answer"] == run.answer


def test_who_comes_when_the_service_is_free_goes_behind_those_who_wait(
    shop: Service, machine: Engine
) -> None:
    """The end of the one before may not be told yet; that of who comes starts the next as well."""
    first, _ = queued_behind(shop, machine, "1.1.0")
    late = machine.run(shop.upload("1.2.0"))
    assert late.answer["queued"]["place"] == 2
    assert "behind" not in late.answer["reason"]
    turn = machine.next(late)
    assert turn is not None
    assert turn.answer["release"] == "1.1.0"
    assert machine.next(first) is not None
    assert live(shop) == "1.2.0"


def test_a_rollback_a_repair_and_a_dry_run_do_not_queue(shop: Service, machine: Engine) -> None:
    release(shop, machine, "1.0.0")
    queued_behind(shop, machine, "1.2.0", first="1.1.0")
    assert machine.run({"release": "1.2.0", "dryRun": True}).answer["reason"].startswith("dry run")
    back = machine.run({"action": "rollback"})
    assert back.end == "RolledBack", back
    assert releases(shop) == ["1.2.0"]
    assert_invariants(shop, back)


def test_a_bundle_that_was_released_by_hand_meanwhile_is_nothing_to_do(
    shop: Service, machine: Engine
) -> None:
    first, _ = queued_behind(shop, machine, "1.1.0")
    shop.register(concurrency="reject")
    assert machine.run({"release": "1.1.0"}).end == "Released"
    turn = machine.next(first)
    assert turn is not None
    assert turn.end == "NothingToDo"
    assert "is live since" in turn.answer["reason"]
    assert (releases(shop), machine.next(turn)) == ([], None)


def test_two_services_do_not_wait_for_each_other(
    make: Callable[..., Service], machine_of: Callable[..., Engine]
) -> None:
    one, other = make(), make()
    machines = machine_of(one), machine_of(other)
    other.upload("1.0.0")
    one.upload("1.0.0")
    seen: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "bake" and not seen and document["service"] == one.name:
            seen.append(machines[1].run({"release": "1.0.0"}))

    machines[1].before = ask
    assert machines[0].run({"release": "1.0.0"}).end == "Released"
    assert [each.end for each in seen] == ["Released"]


def test_no_more_wait_than_may(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.domain.queue.line.MOST_WAITING", 1)
    _, waiting = queued_behind(shop, machine, "1.1.0", "1.2.0")
    assert [run.end for run in waiting] == ["NothingToDo", "Rejected"]
    assert waiting[1].answer["findings"][0]["code"] == "QueueFull"
    assert Tools().journal.releases(shop.name)[0]["release"] == "1.0.0"


def test_who_waited_for_more_than_a_day_leaves_with_an_answer(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, (waiting,) = queued_behind(shop, machine, "1.1.0")
    with monkeypatch.context() as patched:
        later = start_next.now() + 24 * 3600 + 60
        patched.setattr(start_next, "now", lambda: later)
        assert machine.next(first) is None
    assert releases(shop) == []
    left = Tools().queue.left(shop.name, waiting.answer["queued"]["entry"])
    assert left is not None
    assert left["answer"]["outcome"] == "Rejected"
    assert "for more than 24 hours" in left["answer"]["reason"]
    assert machine.run({"release": "1.1.0"}).end == "Released", "it may be asked for again"


def test_a_release_is_taken_out_of_the_queue(shop: Service, machine: Engine) -> None:
    first, waiting = queued_behind(shop, machine, "1.1.0", "1.2.0")
    out = machine.run({"release": "1.1.0", "withdraw": True})
    assert (out.end, out.answer["reason"]) == ("NothingToDo", "1.1.0 was taken out of the queue")
    assert_invariants(shop, out)
    assert releases(shop) == ["1.2.0"]
    again = machine.run({"release": "1.1.0", "withdraw": True})
    assert again.answer["findings"][0]["code"] == "NotQueued"
    entry = waiting[0].answer["queued"]["entry"]
    late = machine.run({"release": "1.1.0", "queued": entry})
    assert (late.end, late.answer["reason"]) == (
        "NothingToDo",
        "release 1.1.0 waits in the queue no more",
    )
    turn = machine.next(first)
    assert turn is not None
    assert turn.answer["release"] == "1.2.0"


def test_one_that_is_taken_out_while_its_turn_begins_claims_nothing(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = queued_behind(shop, machine, "1.1.0")
    withdraw = before(
        plan.lay_out_with_blue, lambda: machine.run({"release": "1.1.0", "withdraw": True})
    )
    monkeypatch.setattr(plan, "lay_out_with_blue", withdraw)
    turn = machine.next(first)
    assert turn is not None
    assert (turn.end, live(shop)) == ("NothingToDo", "1.0.0"), turn


def test_the_queue_waits_while_a_service_needs_attention_and_goes_on_after_its_recovery(
    shop: Service, machine: Engine
) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0")
    meanwhile = Meanwhile(machine, "shift_traffic", [lambda: shop.upload("1.2.0")])

    def meddle(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "shift_traffic":
            foreign = shop.publish("api", "def handler(event, context): return 'foreign'")
            shop.point("api", foreign)

    machine.after = meddle
    run = machine.run({"release": "1.1.0"})
    assert run.end == "NeedsAttention", run
    machine.after = lambda phase, document: None
    assert releases(shop) == ["1.2.0"]
    assert machine.next(run) is None
    refused = machine.run({"release": "1.3.0", "withdraw": True})
    assert refused.answer["findings"][0]["code"] == "NotQueued", "the queue is open to a person"
    shop.point("api", "2")
    recovery = machine.run({"action": "recover", "execution": run.arn})
    assert recovery.end == "RolledBack", recovery
    turn = machine.next(recovery)
    assert turn is not None
    assert (turn.end, live(shop)) == ("Released", "1.2.0")
    assert meanwhile.runs[0].end == "NothingToDo"
