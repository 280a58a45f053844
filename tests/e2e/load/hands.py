"""What a hostile hand does to the processes in which Greenshift's Lambdas run."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise

from stage import RUNNING, Orders

PHASES = (
    "Plan", "ProvisionGreen", "MigrateSchema", "VerifyGreen", "RunHooks", "ShiftTraffic", "Bake",
    "Finalize", "RollBack",
)  # fmt: skip
SECOND = ("ShiftTraffic",)
"""Phases that are met the second time that they are entered: then customers are on two versions."""


class Held:
    """One phase of the next deployment, whose Lambda is held as it begins: it has been called, and
    has done nothing yet.
    """

    def __init__(self, orders: Orders, phase: str) -> None:
        self.phase, self._orders = phase, orders
        self.function = function_of(orders, phase)
        self._processes: set[int] = set()

    def catch(self, execution: str) -> None:
        """Waits until the execution is in the phase; whatever runs it is held from then on."""
        client, wanted = self._orders.client("stepfunctions"), 1 + (self.phase in SECOND)
        deadline = time.monotonic() + 90
        if wanted == 1:
            self._hold(self._orders.workers(self.function))
        while (entered := self._orders.states(execution)).count(self.phase) < wanted:
            if self.phase in entered and entered[-1] != self.phase:
                self._hold(self._orders.workers(self.function))
            status = client.describe_execution(executionArn=execution)["status"]
            assert status in RUNNING, f"it ended before {self.phase}: {entered}"
            assert time.monotonic() < deadline, f"{self.phase} was not reached: {entered[-5:]}"
            time.sleep(0.02)
        # Where an environment was made for it, it starts for half a second yet.
        self._hold(self._orders.workers(self.function))
        last = self._orders.states(execution)[-1]
        assert last == self.phase, f"{self.phase} was over before it could be held"

    def let_go(self) -> None:
        """Goes on where it was held."""
        for process in self._processes:
            _signal(process, signal.SIGCONT)

    def kill(self) -> set[int]:
        """Ends the processes, and answers which."""
        for process in self._processes:
            _signal(process, signal.SIGKILL)
        return set(self._processes)

    def _hold(self, processes: list[int]) -> None:
        for process in processes:
            if process not in self._processes:
                self._processes.add(process)
                _signal(process, signal.SIGSTOP)


@contextmanager
def held(orders: Orders, phase: str) -> Iterator[Held]:
    """The phase of the next deployment; at the end of the block it goes on."""
    found = Held(orders, phase)
    # One environment is enough, and the recovery gets one of its own.
    for process in orders.workers(found.function)[1:]:
        _signal(process, signal.SIGKILL)
    try:
        yield found
    finally:
        found.let_go()


def restart(orders: Orders, prefix: str) -> set[int]:
    """Ends every process of every function whose name begins so, as a host does that goes down."""
    pages = orders.client("lambda").get_paginator("list_functions")
    names = [each["FunctionName"] for page in pages.paginate() for each in page["Functions"]]
    found = {
        process for name in names if name.startswith(prefix) for process in orders.workers(name)
    }
    for process in found:
        _signal(process, signal.SIGKILL)
    return found


def function_of(orders: Orders, phase: str) -> str:
    """The name of the function that runs a phase."""
    return str(orders.tasks()[phase].split(":")[6])


def seconds_in(orders: Orders, execution: str, phase: str) -> float:
    """How long the phase took when the execution was in it last."""
    events = orders.history(execution)
    marks = [
        (each["timestamp"], each["stateEnteredEventDetails"]["name"])
        for each in events
        if "stateEnteredEventDetails" in each
    ]
    spans = [(b[0] - a[0]).total_seconds() for a, b in pairwise(marks) if a[1] == phase]
    return spans[-1]


def _signal(process: int, which: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, which)
