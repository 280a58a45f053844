"""Faults that wait for a call, and Lambdas that sleep over one."""

import threading
from dataclasses import dataclass

from tests.faults.calls import Call


@dataclass(slots=True)
class Fault:
    """One kind of fault at one call; `met` says whether a run came by there."""

    call: Call
    kind: str
    met: bool = False

    def __str__(self) -> str:
        return f"{self.call}={self.kind}"

    def applies(self, call: Call) -> bool:
        """Whether the call meets the fault."""
        if self.kind == "throttled":
            everywhere = (call.operation, call.subject) == (self.call.operation, self.call.subject)
            return call == self.call or (self.met and everywhere)
        times = 3 if self.kind == "throttled-thrice" else 1
        return call.place == self.call.place and 0 <= call.number - self.call.number < times


@dataclass(slots=True)
class Nth:
    """A fault at whichever call is the n-th of a run."""

    number: int
    kind: str
    met: bool = False

    def applies(self, call: Call) -> bool:
        """Whether it is that call's turn."""
        self.number -= 1
        return self.number == 0


class Sleeper:
    """A Lambda whose execution was stopped, until it wakes up."""

    def __init__(self) -> None:
        self._go_on = threading.Event()

    def sleep(self) -> None:
        assert self._go_on.wait(60), "nobody woke the Lambda up"

    def wake(self) -> None:
        self._go_on.set()
