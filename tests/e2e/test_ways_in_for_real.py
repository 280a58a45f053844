"""The three ways in, each to Released: a bundle in the bucket, the console, a schedule."""

import itertools
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from stage import Execution, Orders
from variants import AT_ONCE, STEPPED
from whole import (
    after_release,
    never_moved,
    nobody_noticed,
    nothing_lost,
    recorded,
    replayed,
    shifted_as_planned,
)
from witness import Witness


def test_the_first_bundle_dropped_into_the_bucket_replaces_the_seed(orders: Orders, first) -> None:
    ended = first["ended"]
    assert ended.answer["outcome"] == "Released"
    assert ended.answer["blue"] == first["before"].versions == {"api": "1", "worker": "1"}
    assert set(ended.answer["green"].values()) == {"2"}
    phases = orders.items(f"DEPLOYMENT#{ended.answer['deployment']}", "PHASE#")
    assert "0002_channel" in json.dumps(phases), "the schema was made by its migrations"
    after = first["after"]
    assert (after.release, after.versions) == (first["version"], ended.answer["green"])
    assert after.weights == {"api": {}, "worker": {}}
    assert after.live["former"]["versions"] == first["before"].versions
    recorded(orders, ended)


def test_a_bundle_dropped_into_the_bucket_is_released(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    with orders.witness() as witness:
        ended = orders.release(version, orders.bundle(version))
        witness.more(60)
    after_release(orders, ended, version, before)
    nobody_noticed(witness)
    nothing_lost(orders, witness)
    replayed(orders, ended)


@dataclass(frozen=True)
class Busy:
    """One deployment that ran, and bundles whose events came meanwhile: how they queued, by their
    versions, how their turns ended, and the one that was taken out again.
    """

    ended: Execution
    witness: Witness
    queued: dict[str, Execution]
    turns: dict[str, Execution]
    left: str


@pytest.fixture(scope="module")
def busy(brought_up: Orders, first) -> Busy:
    orders = brought_up
    version, *others = (orders.version() for _ in range(4))
    with orders.witness(rate=90) as witness:
        running = orders.started_by(orders.drop(version, orders.bundle(version, pace=STEPPED)))
        orders.reaches(running, "ShiftTraffic")
        queued = {
            other: orders.wait(
                orders.started_by(orders.drop(other, orders.bundle(other, pace=AT_ONCE)))
            )
            for other in others
        }
        left = others.pop()
        told = orders.greenshift("stop", "orders", "--queued", left)
        assert told.returncode == 0, told.stdout + told.stderr
        ended = orders.wait(running)
    return Busy(ended, witness, queued, {each: _turn(orders, each) for each in others}, left)


def asks_for(given: object, **wanted: str) -> bool:
    """Whether an execution's input, which may be anything that a person has typed, says so."""
    return isinstance(given, dict) and wanted.items() <= given.items()


def _turn(orders: Orders, version: str) -> Execution:
    """How the execution ended that was started when the turn of the version had come."""

    def started() -> list[str]:
        return [
            arn
            for arn, given in orders.inputs()
            if asks_for(given, release=version) and "queued" in given
        ]

    return orders.wait(orders.until(started, f"the turn of {version} did not come", seconds=120)[0])


def test_a_deployment_is_not_disturbed_by_others_that_come_meanwhile(
    brought_up: Orders, busy: Busy
) -> None:
    assert busy.ended.answer["outcome"] == "Released"
    recorded(brought_up, busy.ended)
    shifted_as_planned(busy.witness, busy.ended.answer["green"]["api"], (25, 60, 100))
    nobody_noticed(busy.witness)
    nothing_lost(brought_up, busy.witness)


def test_those_that_wait_are_released_by_themselves_in_their_order(
    brought_up: Orders, busy: Busy
) -> None:
    for place, queued in enumerate(busy.queued.values(), 1):
        assert (queued.status, queued.answer["outcome"]) == ("SUCCEEDED", "NothingToDo")
        assert queued.answer["queued"]["place"] == place
    ends = [busy.ended, *busy.turns.values()]
    assert [each.answer["outcome"] for each in ends] == ["Released"] * 3
    for one, following in itertools.pairwise(ends):
        assert one.answer["endedAt"] < following.answer["startedAt"]
        recorded(brought_up, following)
    assert not brought_up.items("SERVICE#orders", "QUEUE")


def test_the_console_releases_what_a_person_types(orders: Orders, busy: Busy) -> None:
    """An older one than is live, as a person may."""
    before, version = orders.standing(), next(iter(busy.turns))
    with orders.witness() as witness:
        ended = orders.wait(orders.start({"release": version}))
        witness.more(60)
    after_release(orders, ended, version, before)
    nobody_noticed(witness)
    nothing_lost(orders, witness)


@pytest.fixture(scope="module")
def schedule(brought_up: Orders) -> dict:
    """The schedule that `cdk deploy` has made of the context, never due by itself."""
    return brought_up.schedule()


def test_the_schedule_releases_the_latest_bundle(
    orders: Orders, busy: Busy, schedule: dict
) -> None:
    """A bundle that was taken out of the queue is `latest`; then nothing is."""
    before = orders.standing()
    with orders.witness() as witness:
        ended = orders.wait(_due_now(orders, schedule, "e2e-first"))
        witness.more(60)
    after_release(orders, ended, busy.left, before)
    nobody_noticed(witness)
    nothing_lost(orders, witness)

    between, execution = orders.standing(), _due_now(orders, schedule, "e2e-second")
    outcome = orders.wait(execution).answer["outcome"]
    while outcome == "Released":  # what other tests have left refused is latest now
        between, execution = orders.standing(), orders.start({"release": "latest"})
        outcome = orders.wait(execution).answer["outcome"]
    assert outcome == "NothingToDo"
    assert orders.standing() == between


def _due_now(orders: Orders, schedule: dict, name: str) -> str:
    """Makes a one-off copy of the service's schedule, and answers the execution that it starts."""
    known = {arn for arn, _ in orders.inputs()}
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    orders.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"at({at})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target=schedule["Target"],
    )
    return orders.until(
        lambda: [
            arn
            for arn, given in orders.inputs()
            if arn not in known and given == {"release": "latest", "by": "schedule"}
        ],
        "the schedule started nothing",
    )[0]


def test_an_event_for_an_older_release_is_rejected(orders: Orders) -> None:
    before = orders.standing()
    refused = orders.release("1.9.0", orders.bundle("1.9.0"))
    assert [each["code"] for each in refused.answer["findings"]] == ["OlderThanLive"]
    never_moved(orders, refused, "Rejected", before)


def test_an_event_that_comes_ten_times_makes_one_deployment(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    versions = orders.published("api")
    with orders.witness() as witness:
        event = orders.drop(version, orders.bundle(version, pace=AT_ONCE))
        executions = [orders.started_by(event), *(orders.start(event) for _ in range(9))]
        ended = [orders.wait(each) for each in executions]
    outcomes = sorted(each.answer["outcome"] for each in ended)
    assert outcomes.count("Released") == 1, outcomes
    assert set(outcomes) <= {"Released", "NothingToDo", "Rejected"}, outcomes
    released = next(each for each in ended if each.answer["outcome"] == "Released")
    after_release(orders, released, version, before)
    assert len(orders.published("api")) == len(versions) + 1, "one deployment publishes once"
    nobody_noticed(witness)

    once_more = orders.wait(orders.start(event))
    assert once_more.answer["outcome"] == "NothingToDo"
    assert once_more.answer["reason"].startswith(f"release {version} (sha256:")


def test_a_contract_is_scheduled_for_the_end_of_the_window_and_never_comes_before_it(
    orders: Orders,
) -> None:
    """By the rule, the listener and the scheduler's role as they are deployed; brought forward, it
    finds the window open.
    """
    scheduler, name = orders.environment.client("scheduler"), "greenshift-contract.orders"

    def scheduled() -> dict[str, Any] | None:
        live = orders.standing()
        named = [each["Name"] for each in scheduler.list_schedules()["Schedules"]]
        found = scheduler.get_schedule(Name=name) if name in named else None
        return found if found and live.release in found["Target"]["Input"] else None

    found = orders.until(scheduled, "no contract was scheduled for the live release")
    assert found["ActionAfterCompletion"] == "DELETE"
    until = datetime.fromisoformat(orders.standing().live["rollbackUntil"])
    at = datetime.fromisoformat(found["ScheduleExpression"][3:-1]).replace(tzinfo=UTC)
    assert 0 <= (at - until).total_seconds() < 60
    before = {execution for execution, _ in orders.inputs()}
    soon = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 1, UTC)
    forward = f"at({soon:%Y-%m-%dT%H:%M:%S})"

    def started() -> str | None:
        bring_forward()
        new = {arn: sent for arn, sent in orders.inputs() if arn not in before}
        return next((arn for arn, sent in new.items() if asks_for(sent, action="contract")), None)

    def bring_forward() -> None:
        """Again where the late end of an earlier execution has put the schedule right."""
        seen = scheduled()
        if seen is None or seen["ScheduleExpression"] == forward:
            return
        kept = ("Name", "FlexibleTimeWindow", "ActionAfterCompletion", "Target")
        with suppress(scheduler.exceptions.ResourceNotFoundException):
            scheduler.update_schedule(
                **{key: seen[key] for key in kept}, ScheduleExpression=forward
            )

    ended = orders.wait(orders.until(started, "the schedule started nothing", seconds=90))
    assert ended.error == "Rejected"
    assert [each["code"] for each in ended.answer["findings"]] == ["RollbackWindowOpen"]
    over = "the schedule that has run is still there"
    orders.until(lambda: (scheduled() or {}).get("ScheduleExpression") != forward, over)
