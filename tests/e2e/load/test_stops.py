"""A stop in the console in each phase, while the phase's Lambda lives on and acts when all is over."""

import time
from datetime import UTC, datetime

import pytest
from hands import PHASES, held
from under_load import LoadOrders
from variants import BAD, BRISK, STEPPED, lingering
from whole import green_is_gone, whole

MOVED = ("ShiftTraffic", "Bake", "Finalize", "RollBack")
"""In these a stop finds customers on green."""
EVERY_SECONDS = 300


@pytest.mark.parametrize("phase", PHASES)
def test_a_stop_in_each_phase_leaves_live_whole(orders: LoadOrders, phase: str) -> None:
    """The Lambda of the phase was called, and begins only when the recovery is over."""
    variant = {"base": BAD, "pace": STEPPED} if phase == "RollBack" else {"pace": BRISK}
    version = orders.version()
    with orders.traffic(f"a stop in {phase}") as traffic:
        with held(orders, phase) as presumed_dead:
            running = orders.begin(version, **variant)
            presumed_dead.catch(running)
            moved = orders.standing().versions != traffic.before.versions or any(
                orders.standing().weights.values()
            )
            since = time.monotonic()
            orders.stop(running)
            if moved:
                traffic.until_whole(since)
            recovery = _recovery(orders, running)
        traffic.witness.more(150)
    assert moved == (phase in MOVED)
    assert orders.wait(running).status == "ABORTED"
    assert recovery.answer["outcome"] in ("RolledBack", "Rejected"), recovery
    now = whole(orders)
    assert (now.versions, now.live) == (traffic.before.versions, traffic.before.live)
    if phase != "RollBack":
        traffic.nothing_lost()
        return
    (green,) = {each.version for each in traffic.witness.counts().failed_by}
    green_is_gone(traffic.witness, green)
    traffic.only_failed_by(green)


def _recovery(orders: LoadOrders, stopped: str) -> object:
    """The end of the recovery that the rule has started."""

    def started() -> list[str]:
        return [
            arn
            for arn, given in orders.inputs()
            if isinstance(given, dict) and given.get("execution") == stopped
        ]

    return orders.wait(orders.until(started, "no recovery was started")[0])


def test_a_stop_of_which_nobody_hears_is_put_right_by_the_next_sweep(orders: LoadOrders) -> None:
    """The sweep as it is deployed and may: called at once."""
    with orders.traffic("a stop unheard, and a sweep at once") as traffic:
        with orders.unheard():
            running = _stopped_in_the_bake(orders)
            since = time.monotonic()
            swept = orders.sweep()
            traffic.until_whole(since)
        assert (swept["failed"], swept["left"]) == ([], []), swept
        _recovery(orders, running)
    assert whole(orders).live == traffic.before.live
    traffic.nothing_lost()


@pytest.mark.timeout(700)
def test_a_stop_of_which_nobody_hears_is_put_right_by_the_schedule(orders: LoadOrders) -> None:
    """Nobody calls the sweep: its rule does, every five minutes."""
    with orders.traffic("a stop unheard, until the sweep comes") as traffic:
        with orders.unheard():
            running = _stopped_in_the_bake(orders)
            since, at = time.monotonic(), datetime.now(UTC)
            took = traffic.until_whole(since, seconds=EVERY_SECONDS + 60)
        _recovery(orders, running)
    assert took < EVERY_SECONDS + 30, f"stopped at {at:%H:%M:%S}, and whole after {took:.0f} s"
    assert whole(orders).live == traffic.before.live
    traffic.nothing_lost()


def _stopped_in_the_bake(orders: LoadOrders) -> str:
    running = orders.begin(orders.version(), pace=lingering())
    orders.reaches(running, "Bake")
    orders.stop(running)
    return running
