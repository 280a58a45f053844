"""A release that may not wait: what is red before the shift decides how it is judged."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from load import calling
from service import GOOD, RAISES, Service

from handlers.adapters.tools import Tools

EIGHTH = """
asked = 0
def handler(event, context):
    global asked
    asked += 1
    if asked % 8 == 0:
        raise RuntimeError("one in eight")
    return {"statusCode": 200}
"""
STRATUM = 1
"""Seconds: what a service of the tests is judged by."""
LONG, ROLL_BACK = "steps(10@6, 100@6)", 'inconclusive = "rollBack"'
ASKED = {"release": "1.0.1", "hotfix": "the till is down"}


@contextmanager
def live(shop: Service, machine: Engine, source: str, *, failures: int) -> Iterator[Any]:
    """A release of the source that is live and called, until it has failed so often in strata in
    which it was alone: only those say whether blue is red.
    """
    shop.upload("1.0.0", sources={"api": source})
    assert machine.run({"release": "1.0.0"}).end == "Released"
    alone = math.ceil(time.time() / STRATUM) * STRATUM
    with calling(shop) as load:
        deadline = time.monotonic() + 60
        while time.time() < alone:
            time.sleep(0.05)
        failures += load.failed.get("2", 0)
        while load.failed.get("2", 0) < failures or load.answered.get("2", 0) + failures < 20:
            assert time.monotonic() < deadline, load
            time.sleep(0.05)
        yield load


def recorded(run: Run) -> Mapping[str, Any]:
    found = Tools().journal.deployment(run.answer["deployment"])
    assert found is not None
    return found


def verdicts(run: Run) -> list[tuple[str, str | None]]:
    found = Tools().journal.verdicts(run.answer["deployment"])
    return [(each["judged"], each["by"]) for each in found]


def test_a_hotfix_of_a_red_blue_is_released_fast_once_it_is_shown_better(
    shop: Service, slow_machine: Engine
) -> None:
    with live(shop, slow_machine, RAISES, failures=20):
        shop.upload("1.0.1", plan=LONG, bake=ROLL_BACK)
        run = slow_machine.run(ASKED)
    assert run.end == "Released", run
    assert run.answer["reason"].startswith(
        "hotfix: the till is down; green is better than blue: api: green failed 0 of "
    )
    record = recorded(run)
    assert record["shiftPlan"] == "steps(50@5, 100@5)"
    assert record["hotfix"] == {"reason": "the till is down", "red": ["api"], "alarms": []}
    assert record["note"].startswith("hotfix: the till is down; blue is red: api failed ")
    assert verdicts(run) == [("pass", "better"), ("pass", "better")]
    assert shop.live() == {"api": {"version": "3", "weights": {}}}
    assert_invariants(shop, run)


def test_a_hotfix_that_does_not_help_is_not_promoted(shop: Service, slow_machine: Engine) -> None:
    with live(shop, slow_machine, EIGHTH, failures=10):
        shop.upload("1.0.1", sources={"api": EIGHTH + "# again"}, plan=LONG, bake=ROLL_BACK)
        run = slow_machine.run({**ASKED, "shiftPlan": "steps(50@0.08, 100@0.08)"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith("hotfix: the till is down; no verdict in 4.8 s, rolled")
    assert "green is not shown better than blue: api: green failed" in run.answer["reason"]
    assert recorded(run)["shiftPlan"] == "steps(50@0.08, 100@0.08)", "what was asked for wins"
    assert shop.live() == {"api": {"version": "2", "weights": {}}}
    assert_invariants(shop, run)


def test_a_hotfix_of_a_healthy_blue_goes_the_normal_way_and_says_so(
    shop: Service, slow_machine: Engine
) -> None:
    with live(shop, slow_machine, GOOD, failures=0):
        shop.upload("1.0.1", plan="steps(50@2, 100@2)", bake=ROLL_BACK + "\npTol = 0.2")
        run = slow_machine.run(ASKED)
    assert run.end == "Released", run
    assert run.answer["reason"].startswith("hotfix: the till is down; green failed 0 of ")
    record = recorded(run)
    assert record["note"].startswith("hotfix: the till is down, but blue is not red (api failed 0")
    assert (record["hotfix"]["red"], record["shiftPlan"]) == ([], "steps(50@2, 100@2)")
    assert {by for _, by in verdicts(run)} == {"absolute"}
    assert_invariants(shop, run)


def test_a_red_alarm_of_the_registration_makes_a_hotfix_of_it(
    aws: Any, shop: Service, machine: Engine
) -> None:
    name = f"{shop.name}-till"
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        MetricName="Lost",
        Namespace="Shop",
        Period=60,
        Statistic="Sum",
        Threshold=1,
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    shop.register(alarms=[alarm["AlarmArn"]])
    shop.upload("1.0.1", plan="steps(50@6, 100@6)")
    run = machine.run({**ASKED, "dryRun": True})
    assert run.end == "NothingToDo", run
    told = run.answer["reason"]
    assert told.startswith("dry run: 1.0.1 would shift by steps(50@5, 100@5). hotfix: the till is")
    assert f"blue is red: the alarm {name} is red: green has to be shown better" in told
    assert "will not stop the shift" in told
    assert_invariants(shop, run)


def test_what_a_green_failed_that_has_gone_back_does_not_make_blue_red(
    shop: Service, slow_machine: Engine
) -> None:
    with live(shop, slow_machine, GOOD, failures=0):
        shop.upload("1.0.1", sources={"api": RAISES}, plan="steps(50@2, 100@2)")
        assert slow_machine.run({"release": "1.0.1"}).end == "RolledBack"
        shop.upload("1.0.2", plan="steps(50@2, 100@2)", bake=ROLL_BACK + "\npTol = 0.2")
        run = slow_machine.run({**ASKED, "release": "1.0.2", "dryRun": True})
    assert run.end == "NothingToDo", run
    assert ", but blue is not red (api failed 0 of" in run.answer["reason"]
    assert_invariants(shop, run)


@pytest.mark.parametrize(
    ("metadata", "end", "told"),
    [
        ("the till is down", "Released", "hotfix: the till is down; "),
        ("die Kasse %C3%B6ffnet nicht", "Released", "hotfix: die Kasse öffnet nicht; "),
        ("two%0Alines", "Rejected", "its metadata greenshift-hotfix is 'two\\nlines'"),
    ],
)
def test_an_upload_brings_the_reason_of_its_hotfix(
    shop: Service, machine: Engine, metadata: str, end: str, told: str
) -> None:
    content, detail = shop.bundle("1.0.0"), shop.upload("1.0.0")
    put = shop.s3.put_object(
        Bucket=shop.bucket,
        Key=detail["object"]["key"],
        Body=content,
        Metadata={"greenshift-hotfix": metadata},
    )
    detail["object"]["version-id"] = put["VersionId"]
    run = machine.run(detail)
    assert run.end == end, run
    assert told in run.answer["reason"]
    assert_invariants(shop, run)
