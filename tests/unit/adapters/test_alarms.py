"""Alarms as CloudWatch tells them."""

from datetime import UTC, datetime
from typing import Any

from handlers.adapters.alarms import Alarms
from handlers.domain.verdict.alarms import AlarmState

PREFIX = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"


def told(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "AlarmArn": PREFIX + name,
        "AlarmName": name,
        "StateValue": state,
        "StateUpdatedTimestamp": datetime.fromtimestamp(900, UTC),
        **more,
    }


class CloudWatch:
    """Answers one page a call; keeps the names that it was asked for."""

    def __init__(self, **page: Any) -> None:
        self._page, self.asked = page, []

    def get_paginator(self, operation: str) -> "CloudWatch":
        assert operation == "describe_alarms"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        assert request["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm"]
        self.asked.append(request["AlarmNames"])
        return [self._page]


def test_metric_and_composite_alarms_are_told_by_arn_since_they_last_changed() -> None:
    changed = datetime.fromtimestamp(500, UTC)
    cloudwatch = CloudWatch(
        MetricAlarms=[told("a", "ALARM", StateTransitionedTimestamp=changed)],
        CompositeAlarms=[told("b", "OK"), told("unasked", "ALARM")],
    )

    found = Alarms(cloudwatch).states([PREFIX + name for name in ("a", "b", "gone")])

    assert found == {
        PREFIX + "a": AlarmState(red=True, since=500),
        PREFIX + "b": AlarmState(red=False, since=900),
    }


def test_an_alarm_of_the_same_name_elsewhere_is_not_that_alarm() -> None:
    found = Alarms(CloudWatch(MetricAlarms=[told("a", "ALARM")])).states(
        [PREFIX.replace("eu-west-1", "us-east-1") + "a"]
    )

    assert found == {}


def test_a_hundred_names_are_asked_for_at_once() -> None:
    cloudwatch = CloudWatch()

    Alarms(cloudwatch).states([f"{PREFIX}{number}" for number in range(150)])

    assert [len(names) for names in cloudwatch.asked] == [100, 50]
