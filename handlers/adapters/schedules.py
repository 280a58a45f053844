"""One-off schedules of EventBridge Scheduler that start a state machine and then delete themselves.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.errors import TransientConflict

_TRIES = 3
_MINUTE = 60


class Schedules:
    """Schedules of the default group. They start machines in the role `role`; what could not be
    started for a day lies in the queue `undelivered` (both are ARNs).
    """

    def __init__(self, scheduler: Any, *, role: str, undelivered: str) -> None:
        self._scheduler, self._role, self._undelivered = scheduler, role, undelivered

    def put(self, name: str, at: float, machine: str, request: Mapping[str, Any]) -> None:
        """Has `machine` started with `request` in the first whole minute that is not before the
        epoch second `at`. A schedule of that name is replaced, so it is safe to repeat.
        """
        wanted = self._request(name, at, machine, request)
        for _ in range(_TRIES):
            if self._there(self._scheduler.create_schedule, wanted, "ConflictException"):
                return
            if self._there(self._scheduler.update_schedule, wanted, "ResourceNotFoundException"):
                return
        raise TransientConflict(f"the schedule {name} was made and deleted meanwhile")

    def delete(self, name: str) -> None:
        """Deletes the schedule; that it is gone already is fine."""
        request = {"Name": name, "GroupName": "default"}
        self._there(self._scheduler.delete_schedule, request, "ResourceNotFoundException")

    def _there(self, call: Any, request: Mapping[str, Any], unless: str) -> bool:
        """Makes the call; False when AWS refuses it with the code `unless`."""
        try:
            call(**request)
        except ClientError as error:
            if code_of(error) == unless:
                return False
            raise
        return True

    def _request(
        self, name: str, at: float, machine: str, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "Name": name,
            "GroupName": "default",
            "Description": "Made by Greenshift; deletes itself when it has run",
            "ScheduleExpression": f"at({_whole_minute(at)})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "State": "ENABLED",
            "Target": {
                "Arn": machine,
                "RoleArn": self._role,
                "Input": json.dumps(request),
                "DeadLetterConfig": {"Arn": self._undelivered},
                "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
            },
        }


def _whole_minute(at: float) -> str:
    """Scheduler keeps minutes: rounded up, so that it is never early."""
    minutes = -(-at // _MINUTE) * _MINUTE
    return datetime.fromtimestamp(minutes, UTC).strftime("%Y-%m-%dT%H:%M:%S")
