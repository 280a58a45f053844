"""The processes that run handlers end: of one phase, of all of Greenshift, of the service as well."""

import time
from pathlib import Path

import pytest
from accounts import MOST_UNDER_WAY
from hands import PHASES, held, restart, seconds_in
from stage import LONGEST
from under_load import LoadOrders
from variants import BAD, BRISK, STEPPED
from whole import after_release, after_rollback, green_is_gone, whole

pytestmark = pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="the processes are found in /proc"
)
RESTARTED = 2 * LONGEST
"""Seconds: each call of a process that is gone may cost half a minute before the next one is made."""
TRIES = 4
"""A kill that comes when the phase is over hits nobody: the next one comes earlier."""


@pytest.fixture(scope="module")
def timed(brought_up: LoadOrders, first: dict) -> dict[str, float]:
    """How long each phase takes when nobody disturbs it."""
    found: dict[str, float] = {}
    for variant in ({"pace": BRISK}, {"pace": STEPPED, "base": BAD}):
        with brought_up.witness():
            running = brought_up.begin(brought_up.version(), **variant)
            brought_up.wait(running)
        for phase in set(PHASES) & set(brought_up.states(running)):
            found.setdefault(phase, seconds_in(brought_up, running, phase))
    return found


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_that_is_killed_in_the_middle_is_called_again(
    orders: LoadOrders, timed: dict[str, float], phase: str
) -> None:
    variant = {"base": BAD, "pace": STEPPED} if phase == "RollBack" else {"pace": BRISK}
    wait, greens = timed[phase] / 2, list[str]()
    with orders.traffic(f"a kill of {phase}") as traffic:
        for _ in range(TRIES):
            before, version = orders.standing(), orders.version()
            with held(orders, phase) as victim:
                running = orders.begin(version, **variant)
                victim.catch(running)
                victim.let_go()
                time.sleep(wait)
                victim.kill()
            ended = orders.wait(running)
            greens.append(ended.answer["green"]["api"])
            if failures(orders, running):
                break
            wait /= 2
        if phase == "RollBack":
            traffic.witness.more(300)
    assert failures(orders, running) == ["Runtime.ExitError"]
    if phase != "RollBack":
        after_release(orders, ended, version, before)
        traffic.nothing_lost()
        return
    after_rollback(orders, ended, before)
    green_is_gone(traffic.witness, greens[-1])
    traffic.only_failed_by(*greens)


def failures(orders: LoadOrders, execution: str) -> list[str]:
    """The errors with which Lambdas of the execution have ended."""
    return [
        event["taskFailedEventDetails"]["error"]
        for event in orders.history(execution)
        if "taskFailedEventDetails" in event
    ]


def test_all_of_greenshift_is_restarted_in_the_middle_again_and_again(orders: LoadOrders) -> None:
    """At every step of the shift the host under Greenshift's Lambdas goes down."""
    before, version = orders.standing(), orders.version()
    with orders.traffic("restarts of Greenshift's workers") as traffic:
        running = orders.begin(version, pace=STEPPED)
        for step in range(1, 4):
            orders.until(
                lambda step=step: orders.states(running).count("ShiftTraffic") >= step,
                f"step {step} was not reached",
                seconds=LONGEST,
            )
            assert restart(orders, "greenshift-")
        ended = orders.wait(running, seconds=RESTARTED)
    after_release(orders, ended, version, before)
    traffic.nothing_lost()


def test_every_worker_is_restarted_the_services_as_well(orders: LoadOrders) -> None:
    """What customers had under way ends with its environment, on AWS as here; nothing else does, and
    every message that was under way comes again.
    """
    version = orders.version()
    with orders.traffic("a restart of every worker") as traffic:
        running = orders.begin(version, pace=STEPPED)
        orders.reaches(running, "Bake")
        orders.until(lambda: any(orders.standing().weights.values()), "nothing is shifted")
        traffic.killed |= restart(orders, "")
        ended = orders.wait(running, seconds=RESTARTED)
    assert ended.answer["outcome"] in ("Released", "RolledBack"), ended
    whole(orders)
    traffic.nothing_lost(failed=MOST_UNDER_WAY)
