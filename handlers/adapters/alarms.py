"""The states of CloudWatch alarms."""

from collections.abc import Sequence
from typing import Any

from handlers.domain.verdict.alarms import AlarmState, name_of

_AT_ONCE = 100


class Alarms:
    """Reads CloudWatch; changes nothing."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def states(self, arns: Sequence[str]) -> dict[str, AlarmState]:
        """Each alarm's state by its ARN, metric and composite alarms alike; one that is not in this
        account and region is absent.
        """
        found = {}
        names = sorted({name_of(arn) for arn in arns})
        for at in range(0, len(names), _AT_ONCE):
            pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
                AlarmNames=names[at : at + _AT_ONCE], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            for page in pages:
                for each in [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]:
                    found[each["AlarmArn"]] = _state(each)
        return {arn: found[arn] for arn in arns if arn in found}


def _state(alarm: dict[str, Any]) -> AlarmState:
    # StateUpdatedTimestamp also moves when a red alarm gets another reason.
    since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return AlarmState(alarm["StateValue"] == "ALARM", since.timestamp())
