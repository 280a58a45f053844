"""The event that says that an alarm has changed its state.

AWS: each change is a "CloudWatch Alarm State Change" on EventBridge.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
Stock MiniStack: keeps the change in the alarm's history and tells SNS, not EventBridge.
Patch: what writes the history sends the event.
"""

import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the writer of the alarms' history."""
    when_imported("ministack.services.cloudwatch", _patch)


def _patch(cloudwatch: Any) -> None:
    record = cloudwatch._record_history

    def record_and_tell(
        name: str, old: str, new: str, reason: str, *rest: Any, **named: Any
    ) -> Any:
        found = record(name, old, new, reason, *rest, **named)
        alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
        if alarm is not None:
            at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
            detail = {
                "alarmName": name,
                "state": {"value": new, "reason": reason, "timestamp": at},
                "previousState": {"value": old},
            }
            entry = {
                "Source": "aws.cloudwatch",
                "DetailType": "CloudWatch Alarm State Change",
                "Detail": json.dumps(detail),
                "Resources": [alarm["AlarmArn"]],
            }
            bus: Any = import_module("ministack.services.eventbridge")
            bus._put_events({"Entries": [entry]}, allow_aws_source=True)
        return found

    cloudwatch._record_history = record_and_tell
