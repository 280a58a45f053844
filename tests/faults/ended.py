"""A run that is over, for those who look at it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import Run

from tests.faults.cases import Case
from tests.faults.store import Store
from tests.faults.watch import Watch

if TYPE_CHECKING:
    from tests.faults.world import World


@dataclass(frozen=True)
class Ended:
    """The deployment's execution is the first of `runs`, its recoveries come after it."""

    world: "World"
    store: Store | None
    case: Case
    runs: list[Run]
    watch: Watch

    @property
    def deployment(self) -> str | None:
        """The deployment that the first execution began, None when the ledger knows of none."""
        known = self.world.tools.claims.execution(self.runs[0].arn)
        return None if known is None else known["deployment"]
