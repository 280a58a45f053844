"""Where the handlers' calls pass: they are named, kept, and meet their faults."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine import LambdaDied

from tests.faults.calls import Call
from tests.faults.faults import Fault, Nth, Sleeper
from tests.faults.kinds import KINDS, lost, throttled, unreachable

Perform = Callable[[], Any]


@dataclass
class Wire:
    """Keeps the calls of one run and lets its faults happen."""

    stop: Callable[[str], None] = lambda execution: None
    tell: Callable[[str], None] = lambda text: None
    people: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    faults: Sequence[Fault | Nth] = ()
    calls: list[Call] = field(default_factory=list)
    after_call: list[Callable[[str, str, Any, Any], None]] = field(default_factory=list)
    sleepers: list[Sleeper] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._on_duty, self._counts = threading.local(), Counter[tuple[str, str, str]]()
        self._late: dict[tuple[str, str], list[Perform]] = {}

    def begin(self, *faults: Fault | Nth) -> None:
        """A run begins: nothing was called yet."""
        self.faults, self.calls, self.sleepers = faults, [], []
        self._counts.clear()
        self._late.clear()

    @contextmanager
    def at(self, number: int, happens: Callable[[], None]) -> Iterator[None]:
        """In the block, `happens` after the n-th call of whichever phase."""
        left = [number]

        def count(*_: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                happens()

        self.after_call.append(count)
        try:
            yield
        finally:
            self.after_call.remove(count)

    def lift(self) -> None:
        """From now on nothing goes wrong."""
        self.faults = ()

    @contextmanager
    def on_duty(self, phase: str, execution: str) -> Iterator[None]:
        """What this thread calls in the block are the phase's calls."""
        self.enter(phase, execution)
        try:
            yield
        finally:
            self.leave()

    def enter(self, phase: str, execution: str) -> None:
        """As `on_duty`, for where a block cannot be."""
        self._on_duty.phase, self._on_duty.execution = phase, execution

    def leave(self) -> None:
        """The phase is over."""
        self._on_duty.phase = None

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """What is called in the block is no call of the phase on duty."""
        phase, self._on_duty.phase = getattr(self._on_duty, "phase", None), None
        try:
            yield
        finally:
            self._on_duty.phase = phase

    def pass_on(
        self, service: str, operation: str, subject: str, perform: Perform, parameters: Any = None
    ) -> Any:
        """Makes the call, with the fault that waits for it there."""
        phase = getattr(self._on_duty, "phase", None)
        if phase is None:
            return perform()

        def seen() -> Any:
            answer = perform()
            for look in self.after_call:
                look(phase, operation, parameters, answer)
            return answer

        self._counts[phase, operation, subject] += 1
        call = Call(phase, operation, subject, self._counts[phase, operation, subject])
        self.calls.append(call)
        for late in self._late.pop((operation, subject), []):
            _whatever_comes(late)
        for fault in self.faults:
            if fault.applies(call):
                fault.met = True
                self.tell(f"  {call}  <- {KINDS[fault.kind]}")
                return self._meet(fault.kind, service, call, seen)
        self.tell(f"  {call}")
        return seen()

    def arrive_late(self) -> None:
        """What was on its way when its Lambda timed out, and nobody tried again, arrives."""
        late, self._late = self._late, {}
        for performs in late.values():
            for perform in performs:
                _whatever_comes(perform)

    def _meet(self, kind: str, service: str, call: Call, perform: Perform) -> Any:
        match kind:
            case "before":
                raise unreachable(service)
            case "after":
                perform()
                raise lost(service)
            case "throttled" | "throttled-thrice":
                raise throttled(service, call.operation)
            case "slow" if service == "sql":
                # A session of which the client is gone does nothing more by itself.
                perform()
                raise LambdaDied("Sandbox.Timedout")
            case "slow":
                self._late.setdefault((call.operation, call.subject), []).append(perform)
                raise LambdaDied("Sandbox.Timedout")
            case "dies":
                perform()
                raise LambdaDied("Runtime.ExitError")
            case "twice":
                perform()
                return perform()
            case "stopped":
                answer = perform()
                self.stop(self._on_duty.execution)
                return answer
            case "hand" | "moved" | "undone" | "gone":
                try:
                    return perform()
                finally:
                    with self.unseen():
                        self.people[kind]()
            case "asleep":
                sleeper = Sleeper()
                self.sleepers.append(sleeper)
                self.stop(self._on_duty.execution)
                sleeper.sleep()
                return perform()
        raise ValueError(f"there is no kind {kind!r}")


def _whatever_comes(perform: Perform) -> None:
    """Nobody is there any more to hear how it went."""
    try:
        perform()
    except Exception:  # noqa: BLE001 - as said
        return
