"""What the tests need of an interpreter of the state machine, whichever of them it is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

Invoke = Callable[..., dict[str, Any]]
"""Answers the parameters of Lambda's Invoke as Lambda does."""


def names_of(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """The states that an execution's history says were entered."""
    entered = "stateEnteredEventDetails"
    return [event[entered]["name"] for event in events if entered in event]


class States(ABC):
    """An interpreter's Step Functions API, as boto3's client has it. Machines have no alias here: who
    starts one by its alias `live`, as on AWS, starts the machine.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @abstractmethod
    def calling(self, invoke: Invoke) -> AbstractContextManager[Any]:
        """For as long as the block lasts, every task's Lambda is called by `invoke`."""

    def runs(self, execution: str) -> bool:
        """Whether the execution has not ended."""
        return bool(self.describe_execution(executionArn=execution)["status"] == "RUNNING")

    def entered(self, execution: str) -> list[str]:
        """The states that the execution has entered, in order."""
        return names_of(
            self.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        )

    def start_execution(self, *, stateMachineArn: str, **more: Any) -> Any:
        machine = stateMachineArn.removesuffix(":live")
        return self._client.start_execution(stateMachineArn=machine, **more)
