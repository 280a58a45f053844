"""The state machine, whose Lambdas' calls pass the wire, from their invocation to their answer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine import Engine
from states import States

from tests.faults.calls import ANSWER, INVOCATION
from tests.faults.faults import Sleeper

if TYPE_CHECKING:
    from tests.faults.world import World


class FaultyEngine(Engine):
    """The machine, whose Lambdas are on the wire's duty while they run."""

    def __init__(self, states: States, machine: str, world: "World") -> None:
        super().__init__(states, machine)
        self._world, self._wire = world, world.wire
        self.before, self.after = self._invoked, self._answered

    def invoke(self, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
        try:
            return super().invoke(parameters, **more)
        finally:
            self._wire.leave()

    def settle_awake(self, sleepers: Sequence[Sleeper], others: int = 0) -> None:
        """Waits until no Lambda is under way but those that sleep, and so many others."""
        with self._quiet:
            assert self._quiet.wait_for(lambda: self._under_way <= len(sleepers) + others, 60)

    def _invoked(self, phase: str, document: Mapping[str, Any]) -> None:
        execution = document["execution"]
        self._world.meanwhile.at(phase)
        self._wire.enter(_whose(execution) + phase, execution)
        if phase == "bake":
            self._world.clock.pass_by(10)
        self._wire.pass_on("phase", INVOCATION, "-", lambda: None)

    def _answered(self, phase: str, document: Mapping[str, Any]) -> None:
        self._wire.pass_on("phase", ANSWER, "-", lambda: None)


def _whose(execution: str) -> str:
    """What the names of its phases begin with: the first one's and the recoveries' with nothing."""
    name = execution.rpartition(":")[2]
    return {"second": "second.", "queued": "turn."}.get(name.partition("-")[0], "")
