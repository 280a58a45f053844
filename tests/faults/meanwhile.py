"""What is asked for while the first deployment of a run goes on."""

import time
from typing import TYPE_CHECKING

from engine import Run

if TYPE_CHECKING:
    from tests.faults.world import World

ASKED = {"release": "1.2.0"}


class Meanwhile:
    """Asks for 1.2.0 once, as a phase of the first deployment begins. `runs` are how that ended, and
    what followed from its end before the phase went on.
    """

    def __init__(self, world: "World") -> None:
        self._world, self._phase, self._unheard = world, "", False
        self.runs: list[Run] = []

    def begin(self, phase: str, *, unheard: bool = False) -> None:
        """A run begins, at whose phase it is asked for; at none where it is empty."""
        self._phase, self._unheard, self.runs = phase, unheard, []

    def at(self, phase: str) -> None:
        """The phase of some execution begins."""
        if phase != self._phase:
            return
        self._phase = ""
        name = f"second-{time.time_ns()}"
        second = self._world.machine.run(dict(ASKED), name)
        # The phase that begins is under way itself.
        self.runs = [second] if self._unheard else self._world.follow(second, under_way=1)
