"""Executions of the state machines: started, described, stopped."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of

_NEWEST_EVENTS = 30
"""Leaving a state, a choice, entering it again, and six retries of a task."""


class Executions:
    """The execution half of the Step Functions API."""

    def __init__(self, states: Any) -> None:
        self._states = states

    def start(self, machine: str, name: str, request: Mapping[str, Any]) -> str | None:
        """Starts an execution under a name of its own and answers its ARN; None when that name was
        started before.
        """
        try:
            answer = self._states.start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(request)
            )
        except ClientError as error:
            if code_of(error) == "ExecutionAlreadyExists":
                return None
            raise
        return str(answer["executionArn"])

    def describe(self, execution: str) -> dict[str, Any] | None:
        """DescribeExecution's answer, or None for an execution that Step Functions does not know
        (any more).
        """
        try:
            answer: dict[str, Any] = self._states.describe_execution(executionArn=execution)
        except ClientError as error:
            if code_of(error) == "ExecutionDoesNotExist":
                return None
            raise
        return answer

    def latest(self, machine: str, most: int) -> list[dict[str, Any]]:
        """ListExecutions' items of the executions that were started last, the newest first; Step
        Functions may be a moment behind.
        """
        found = self._states.list_executions(stateMachineArn=machine, maxResults=most)
        return [dict(each) for each in found["executions"]]

    def left_with(self, execution: str, state: str) -> dict[str, Any] | None:
        """The document with which the execution left the state last, None where its newest events
        do not show it: while it is in that state again, with all its retries, they do.
        """
        answer = self._states.get_execution_history(
            executionArn=execution, reverseOrder=True, maxResults=_NEWEST_EVENTS
        )
        for event in answer["events"]:
            left = event.get("stateExitedEventDetails", {})
            if left.get("name") == state and "output" in left:
                document: dict[str, Any] = json.loads(left["output"])
                return document
        return None

    def stop(self, execution: str, reason: str) -> None:
        """Stops an execution; no Catch of it runs, so the recovery rule puts the service back."""
        self._states.stop_execution(executionArn=execution, error="Stopped", cause=reason)

    def over(self, execution: str) -> bool:
        """Whether the execution has ended, in whatever way."""
        found = self.describe(execution)
        return found is None or is_over(found)


def is_over(described: Mapping[str, Any]) -> bool:
    """Whether DescribeExecution's answer is of an execution that has ended."""
    return described["status"] not in ("RUNNING", "PENDING_REDRIVE")


def start_at(execution: str) -> str:
    """What is started beside an execution: the alias `live` of its own state machine, as machines'
    updates are eventually consistent and their newest revision may not be published yet.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
    """
    parts = execution.split(":")
    return ":".join([*parts[:5], "stateMachine", parts[6], "live"])
