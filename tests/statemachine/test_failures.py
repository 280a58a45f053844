"""What goes wrong in a phase, and that the service is whole afterwards with the reason told."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from load import calling
from service import GOOD, HANGS, RAISES, Service

from handlers import (
    bake,
    finalize,
    migrate_schema,
    provision_green,
    run_hooks,
    shift_traffic,
    verify_green,
)  # fmt: skip
from handlers.adapters.clock import iso
from handlers.adapters.tools import Tools
from handlers.errors import MigrationFailed

CHECK = '[[checks]]\nname = "up"\nfunction = "api"\nhttp = {method = "GET", path = "/"}\n'
STATUS_200 = CHECK + "expect = {status = 200}"
UNIMPORTABLE = "import no_such_module\ndef handler(event, context):\n    return {}\n"
NO_STATUS = 'def handler(event, context):\n    return {"statusCode": "no number"}\n'
LOUD = "def handler(event, context):\n    raise RuntimeError('x' * 300_000)\n"


def test_a_green_that_fails_real_requests_is_caught_in_the_bake_and_blue_is_back(
    shop: Service, slow_machine: Engine
) -> None:
    shop.upload("1.0.0")
    assert slow_machine.run({"release": "1.0.0"}).end == "Released"
    shop.upload("1.1.0", sources={"api": RAISES}, plan="steps(50@2, 100@2)")
    with calling(shop) as load:
        run = slow_machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert "green failed" in run.answer["reason"]
    assert 0 < run.answer["failedRequests"] <= load.failed["3"]
    assert set(load.failed) == {"3"}, "I2: only green's own answers were failures"
    assert shop.live() == {"api": {"version": "2", "weights": {}}}
    assert_invariants(shop, run)


def test_a_good_green_passes_on_real_requests(shop: Service, slow_machine: Engine) -> None:
    shop.upload("1.0.0")
    assert slow_machine.run({"release": "1.0.0"}).end == "Released"
    shop.upload("1.1.0", plan="steps(50@2, 100@2)", bake='inconclusive = "rollBack"\npTol = 0.2')
    with calling(shop) as load:
        run = slow_machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert load.failed == {}
    assert set(load.answered) == {"2", "3"}
    assert run.answer["failedRequests"] == 0
    verdicts = Tools().journal.verdicts(run.answer["deployment"])
    assert [each["verdict"] for each in verdicts] == ["pass", "pass"]
    assert_invariants(shop, run)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (GOOD, "status 200 instead of 418"),
        (UNIMPORTABLE, "Runtime.ImportModuleError"),
        (RAISES, "RuntimeError: green is broken"),
        (HANGS, "Sandbox.Timedout"),
        (NO_STATUS, "status 500 instead of 418"),
        (LOUD, "RuntimeError: xxx"),
    ],
    ids=["status", "import", "raise", "time-out", "malformed", "loud"],
)
def test_a_green_that_fails_its_check_never_gets_traffic(
    shop: Service, machine: Engine, source: str, told: str
) -> None:
    shop.lambda_.update_function_configuration(FunctionName=shop.function("api"), Timeout=1)
    before = shop.revisions()
    shop.upload("1.0.0", sources={"api": source}, extra=CHECK + "expect = {status = 418}")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert "'up' on api:2" in run.answer["reason"]
    assert told in run.answer["reason"]
    assert "ShiftTraffic" not in run.states
    assert shop.revisions() == before, "live was written"
    assert_invariants(shop, run)


PHASES = {
    "ProvisionGreen": provision_green,
    "MigrateSchema": migrate_schema,
    "VerifyGreen": verify_green,
    "RunHooks": run_hooks,
    "ShiftTraffic": shift_traffic,
    "Bake": bake,
    "Finalize": finalize,
}


@pytest.mark.parametrize("state", PHASES)
def test_whatever_fails_in_a_phase_ends_on_blue_with_its_sentence(
    shop: Service, machine: Engine, state: str
) -> None:
    before = shop.revisions()
    shop.upload("1.0.0", extra=STATUS_200)

    def fail(phase: str, document: Any) -> None:
        if PHASES[state].__name__ == f"handlers.{phase}":
            raise MigrationFailed("statement 2 of 001_add.sql: syntax error")

    machine.before = fail
    run = machine.run({"release": "1.0.0"})
    begun = state != "ProvisionGreen"
    assert run.end == ("RolledBack" if begun else "Rejected"), run
    assert "MigrationFailed: statement 2 of 001_add.sql: syntax error" in run.answer["reason"]
    if state in ("ProvisionGreen", "MigrateSchema", "VerifyGreen", "RunHooks", "ShiftTraffic"):
        assert shop.revisions() == before
    machine.before = lambda phase, document: None
    assert_whole_again(shop, machine)


def assert_whole_again(shop: Service, machine: Engine) -> None:
    """The same release, typed again, is released."""
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert_invariants(shop, run)


def test_an_alarm_that_goes_red_after_the_shift_began_takes_green_back(
    shop: Service, machine_of: Callable[..., Engine], aws: Any
) -> None:
    cloudwatch, machine = aws.client("cloudwatch"), machine_of(shop)
    arns = {}
    for name in (f"{shop.name}-age", f"{shop.name}-red"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Shop",
            MetricName="Age",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        arns[name] = alarm["AlarmArn"]
    cloudwatch.set_alarm_state(
        AlarmName=f"{shop.name}-red", StateValue="ALARM", StateReason="before"
    )
    shop.register(alarms=list(arns.values()))
    shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released", "an alarm red before blocks nothing"
    shop.upload("1.1.0")

    def ring(phase: str, document: Any) -> None:
        if phase == "bake":
            # The emulator tells an alarm's change in whole seconds: it is to be after the flip's.
            while iso(time.time())[:19] <= document["traffic"]["at"][:19]:
                time.sleep(0.02)
            cloudwatch.set_alarm_state(
                AlarmName=f"{shop.name}-age", StateValue="ALARM", StateReason="since"
            )

    machine.before = ring
    run = machine.run({"release": "1.1.0"})

    assert run.end == "RolledBack", run
    reason = run.answer["reason"]
    assert f"alarm {shop.name}-age went red after the shift began: fail" in reason
    assert f"alarm {shop.name}-red was red before the shift and does not count" in reason
    record = assert_invariants(shop, run)
    assert f"alarm {shop.name}-red is red already and will not stop the shift" in record["note"]


@pytest.mark.parametrize("when", ["bake", "finalize"])
def test_a_foreign_hand_on_live_stops_the_deployment_and_is_told(
    pair: Service, machine_of: Callable[..., Engine], when: str
) -> None:
    machine = machine_of(pair)
    pair.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    pair.upload("1.1.0")

    def move(phase: str, document: Any) -> None:
        if phase == when:
            pair.point("api", "1")

    machine.before = move
    run = machine.run({"release": "1.1.0"})
    assert run.end == "NeedsAttention", run
    told = run.answer["errorMessage"]
    assert f"{pair.function('api')}:live serves version 1" in told
    assert f'{{"action": "recover", "execution": "{run.arn}"}}' in told
    assert pair.live()["worker"] == {"version": "2", "weights": {}}, "the others are back"
    claim = Tools().claims.of(pair.name)
    assert claim is not None
    record = Tools().journal.deployment(claim.deployment)
    assert record is not None
    assert record["outcome"] == "NeedsAttention"
    assert machine.recover(run) is None, "a foreign hand is not mended by trying again"

    pair.point("api", "2")
    recovery = machine.run({"action": "recover", "execution": run.arn})
    assert recovery.end == "RolledBack", recovery
    assert_invariants(pair, recovery)


def test_an_alias_that_is_gone_is_told_and_the_others_go_back(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    pair.upload("1.0.0")
    machine.before = lambda phase, document: (
        pair.lambda_.delete_alias(FunctionName=pair.function("api"), Name="live")
        if phase == "bake"
        else None
    )
    run = machine.run({"release": "1.0.0"})
    assert run.end == "NeedsAttention", run
    assert f"the alias live of {pair.function('api')} is gone" in run.answer["errorMessage"]
    worker = pair.lambda_.get_alias(FunctionName=pair.function("worker"), Name="live")
    assert worker["FunctionVersion"] == "1"
