"""What an execution's own history tells of a deployment that the ledger does not have yet: how far
the migrator is, and that the way back has begun.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.clock import iso
from handlers.domain.failure import reason_of
from statemachine.connection import Connection
from statemachine.endings import RUNNING, how_it_ended, said
from statemachine.stage import WayBack

PROGRESS_SECONDS = 5.0
"""The pause between two looks into an execution's history."""
_NEWEST_EVENTS = 100
"""Entering RollBack, its eleven tries, and how the state before it failed."""
_FAILED = ("taskFailedEventDetails", "taskTimedOutEventDetails")


class History:
    """Looks into an execution's newest events, every few seconds: they are many bytes."""

    def __init__(self, connection: Connection) -> None:
        self._on = connection
        self._looked: dict[tuple[str, str], tuple[float, Any]] = {}

    def migrating(self, execution: str, phases: Mapping[str, Any]) -> dict[str, Any]:
        """What MigrateSchema has answered so far, while the ledger does not have it yet: from
        inside its VPC the migrator may not reach the ledger.
        """
        if "endedAt" not in phases.get("ProvisionGreen", {}) or "MigrateSchema" in phases:
            return {}
        section = self._look("migrating", execution, lambda: self._left_migrating(execution))
        return {"MigrateSchema": {"section": section}} if section else {}

    def way_back(self, execution: Mapping[str, Any]) -> WayBack | None:
        """The way back of the execution that DescribeExecution answered with; None where it has
        none, or where its newest events do not show it.

        One that ended without an answer, and not on its way back, is put right by the recovery
        rule, which begins then.
        """
        if execution["status"] == "SUCCEEDED":
            return None
        arn = execution["executionArn"]
        found: WayBack | None = self._look("back", arn, lambda: self._entered_roll_back(arn))
        if found is None and execution["status"] not in RUNNING and said(execution) is None:
            return WayBack(iso(execution["stopDate"].timestamp()), how_it_ended(execution))
        return found

    def _look(self, what: str, execution: str, read: Callable[[], Any]) -> Any:
        """What was read last, read again when that is a while ago; None where it is forbidden."""
        asked, found = self._looked.get((what, execution), (-PROGRESS_SECONDS, None))
        if time.monotonic() - asked >= PROGRESS_SECONDS:
            try:
                found = read() or found
            except ClientError as error:
                # Whoever may describe an execution need not be allowed its history.
                if code_of(error) not in ("AccessDenied", "AccessDeniedException"):
                    raise
            self._looked[what, execution] = (time.monotonic(), found)
        return found

    def _left_migrating(self, execution: str) -> Mapping[str, Any] | None:
        document = self._on.executions.left_with(execution, "MigrateSchema")
        return document.get("schema") if document else None

    def _entered_roll_back(self, execution: str) -> WayBack | None:
        answer = self._on.states.get_execution_history(
            executionArn=execution,
            reverseOrder=True,
            maxResults=_NEWEST_EVENTS,
            includeExecutionData=False,
        )
        events = answer["events"]
        for position, event in enumerate(events):
            if event.get("stateEnteredEventDetails", {}).get("name") == "RollBack":
                why = _failure(events[position + 1 :])
                return WayBack(iso(event["timestamp"].timestamp()), reason_of(why, ""))
        return None


def _failure(events: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """How the state failed that the events, newest first, end with; None where it did not."""
    for event in events:
        if "stateEnteredEventDetails" in event:
            return None
        for kind in _FAILED:
            if details := event.get(kind):
                return {"Error": details.get("error", ""), "Cause": details.get("cause", "")}
    return None
