"""What is seen of `live` while a run goes on: each move of an alias, and whether it was due (I3)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.world import World

WEIGHTS = {"1": 0.5, "2": 1.0}
"""By step, the share of green in the scenarios' plan."""


class Watch:
    """Keeps what was wrong at the moment at which it was."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._blue: dict[str, str] = {}
        self.problems: list[str] = []
        self.moves = 0

    def begin(self) -> None:
        """A run begins: what serves now is blue."""
        live = self._world.service.live()
        self._blue = {
            self._world.service.function(key): each["version"] for key, each in live.items()
        }
        self.problems, self.moves = [], 0
        self._world.put_back = False

    def rest(self) -> None:
        """What follows is no run."""
        self._blue = {}

    def see(self, phase: str, operation: str, parameters: Any, answer: Any) -> None:
        """Looks at a call that has taken effect."""
        if operation == "UpdateAlias" and self._blue:
            self.moves += 1
            self._see_move(phase, parameters)

    def _see_move(self, phase: str, moved: Mapping[str, Any]) -> None:
        blue = self._blue_of(phase, moved)
        weights = moved["RoutingConfig"]["AdditionalVersionWeights"]
        green = sum(share for version, share in weights.items() if version != blue)
        if moved["FunctionVersion"] != blue:
            green = 1 - weights.get(blue, 0)
        self._world.told.share = green
        if not green or phase.endswith("roll_back"):
            return
        words = moved["Description"].split()
        deployment, step = words[3], words[4]
        if self._world.put_back and moved["FunctionName"].endswith("-api"):
            self.problems.append(f"I6: step {step} went over what a person had put back")
        if green > WEIGHTS[step]:
            self.problems.append(f"I3: step {step} gave green {green}")
        if "endedAt" not in self._known("VerifyGreen", deployment):
            self.problems.append(f"I3: {moved['FunctionName']} got green before it was verified")

    def _blue_of(self, phase: str, moved: Mapping[str, Any]) -> str:
        """What serves when the deployment begins: a turn begins where the one before it has ended."""
        if phase.startswith("turn."):
            with self._world.wire.unseen():
                record = self._world.tools.journal.deployment(moved["Description"].split()[3])
            functions = (record or {})["functions"].values()
            return next(each["blue"] for each in functions if each["name"] == moved["FunctionName"])
        return self._blue[moved["FunctionName"]]

    def _known(self, phase: str, deployment: str) -> Mapping[str, Any]:
        with self._world.wire.unseen():
            return self._world.tools.journal.phases(deployment).get(phase, {})
