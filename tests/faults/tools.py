"""The handlers' adapters, for a world: every call passes its wire, and nothing sleeps."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from handlers.adapters.executions import Executions
from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.functions.flips import Flips
from handlers.adapters.functions.functions import Functions
from handlers.adapters.tools import Tools

if TYPE_CHECKING:
    from tests.faults.world import World


class WiredTools(Tools):
    """The handlers' adapters on clients whose calls pass the wire, and on a clock that does not
    sleep."""

    def __init__(self, world: "World") -> None:
        self._world = world

    @cached_property
    def control_plane(self) -> Any:
        return self._world.wired("lambda")

    @cached_property
    def swept_aliases(self) -> Aliases:
        return self.aliases

    @cached_property
    def flips(self) -> Flips:
        return Flips(self.aliases, self.claims, self._world.clock.time)

    @cached_property
    def functions(self) -> Functions:
        return Functions(self.control_plane, self._world.clock.sleep)

    @cached_property
    def executions(self) -> Executions:
        return Executions(WiredStates(self._world))


class WiredStates:
    """Step Functions' client, each call of which passes the wire."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        operation = "".join(part.title() for part in name.split("_"))
        call, world = getattr(self._world.states, name), self._world

        def perform(parameters: dict[str, Any]) -> Any:
            answer = call(**parameters)
            if operation == "StartExecution":
                world.started.append(answer["executionArn"])
            return answer

        return lambda **parameters: world.wire.pass_on(
            "stepfunctions", operation, "-", lambda: perform(parameters)
        )
