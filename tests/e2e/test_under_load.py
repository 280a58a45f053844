"""A good release under load, a second `cdk deploy` in the middle of one, a Lambda that dies."""

import os
import signal
from pathlib import Path

import pytest
from stage import Orders
from variants import SLOW_FIRST_CALL, STEPPED, check, lingering
from whole import (
    after_release,
    after_rollback,
    green_is_gone,
    nobody_noticed,
    nothing_lost,
    replayed,
    shifted_as_planned,
)

from infra.sample.context_keys import SCHEDULE


def test_a_release_with_a_migration_is_shifted_in_steps_and_nobody_notices(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    migrations = orders.migration("ALTER TABLE orders ADD COLUMN gift text;")
    with orders.witness(rate=90) as witness:
        witness.more(60)
        ended = orders.release(version, orders.bundle(version, pace=STEPPED, migrations=migrations))
        witness.more(60)
    after_release(orders, ended, version, before)
    nobody_noticed(witness)
    shifted_as_planned(witness, ended.answer["green"]["api"], (25, 60, 100))
    nothing_lost(orders, witness)
    replayed(orders, ended)
    assert "pass" in ended.answer["reason"]
    with orders.database() as connection:
        assert connection.run("SELECT count(gift) FROM orders") == [[0]]


def test_a_second_cdk_deploy_leaves_live_alone_in_the_middle_of_a_release(orders: Orders) -> None:
    """It also changes the service's stack; and the deployment that ran meanwhile still obeys."""
    before, version = orders.standing(), orders.version()
    with orders.witness() as witness:
        running = orders.started_by(orders.drop(version, orders.bundle(version, pace=lingering())))
        orders.reaches(running, "Bake")
        meanwhile = orders.standing()
        assert set(meanwhile.weights["api"].values()) == {0.25}
        orders.deploy({SCHEDULE: "cron(0 0 1 1 ? 2099)"})
        assert orders.standing() == meanwhile, "cdk deploy has moved live"
        told = orders.wait(orders.start({"action": "rollback"}))
        assert "was told to stop, and goes back by itself" in told.answer["reason"]
        ended = orders.wait(running)
        witness.more(200)
    after_rollback(orders, ended, before)
    assert ended.answer["reason"].startswith("told to stop")
    nobody_noticed(witness)
    shifted_as_planned(witness, ended.answer["green"]["api"], (25,))
    green_is_gone(witness, ended.answer["green"]["api"])
    nothing_lost(orders, witness)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="the processes are found in /proc")
def test_lambdas_that_are_killed_are_called_again_and_the_release_goes_on(orders: Orders) -> None:
    """kill -9 of the migrator in the middle of a statement, and of VerifyGreen in the middle of a check."""
    before, version = orders.standing(), orders.version()
    migrations = orders.migration("ALTER TABLE orders ADD COLUMN wrapped boolean;")
    bundle = orders.bundle(
        version, migrations=migrations, api=SLOW_FIRST_CALL, checks=check("slow")
    )
    with orders.witness() as witness:
        with orders.database() as blocker:
            # The migrator waits for this lock, and dies while it does.
            blocker.run("BEGIN")
            blocker.run("LOCK TABLE orders IN ROW EXCLUSIVE MODE")
            running = orders.started_by(orders.drop(version, bundle))
            orders.reaches(running, "MigrateSchema")
            orders.until(lambda: _waits_for_the_lock(orders), "the migrator does not wait")
            _kill(orders, "greenshift-migrator-orders")
            blocker.run("ROLLBACK")
        orders.reaches(running, "VerifyGreen")
        orders.until(lambda: _began(orders, version, "VerifyGreen"), "VerifyGreen does not begin")
        _kill(orders, "verify-green")
        ended = orders.wait(running)
    after_release(orders, ended, version, before)
    failures = [
        event["taskFailedEventDetails"]["error"]
        for event in orders.history(running)
        if "taskFailedEventDetails" in event
    ]
    assert failures == ["Runtime.ExitError", "Runtime.ExitError"]
    nobody_noticed(witness)
    nothing_lost(orders, witness)
    with orders.database() as connection:
        assert connection.run("SELECT count(wrapped) FROM orders") == [[0]]


def _waits_for_the_lock(orders: Orders) -> bool:
    with orders.database() as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'greenshift-migrator' AND wait_event_type = 'Lock'"
        return bool(connection.run(waiting)[0][0])


def _began(orders: Orders, version: str, phase: str) -> bool:
    claim = orders.item("SERVICE#orders", "CLAIM") or {}
    found = orders.items(f"DEPLOYMENT#{claim.get('deployment')}", "PHASE#")
    return any(each["sk"].endswith(phase) for each in found)


def _kill(orders: Orders, name: str) -> None:
    function = orders.function(name)
    processes = orders.workers(function)
    assert processes, f"no process runs {function}"
    for process in processes:
        os.kill(process, signal.SIGKILL)
