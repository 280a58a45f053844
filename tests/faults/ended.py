"""A run that is over, for those who look at it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import Run

from tests.faults.calls import Call
from tests.faults.cases import Case
from tests.faults.store import Store
from tests.faults.watch import Watch

if TYPE_CHECKING:
    from tests.faults.world import World


LOOKS = ("GetAlias", "UpdateAlias")


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
        """The deployment that the first execution began, None when the ledger knows of none; where
        others came after it, the last that was begun.
        """
        known = self.deployments
        return known[-1] if known else None

    @property
    def looked_since(self) -> list[Call]:
        """The looks at api's alias, and the writes of it, that came after the case's fault."""
        calls, ((fault, _),) = list(self.world.wire.calls), self.case.faults
        after = calls[calls.index(fault) + 1 :] if fault in calls else []
        return [each for each in after if each.operation in LOOKS and each.subject == "api"]

    @property
    def is_elsewhere(self) -> bool:
        """Whether api's alias is not there, or serves something else than is of record."""
        service, journal = self.world.service, self.world.tools.journal
        if "api" not in service.aliases():
            return True
        of_record = {"version": journal.live(service.name)["versions"]["api"], "weights": {}}
        return service.live()["api"] != of_record

    @property
    def deployments(self) -> list[str]:
        """The first execution's deployment, and those of turns, as far as the ledger knows them."""
        begun = [run for run in self.runs if run is self.runs[0] or "queued-" in run.arn]
        known = [self.world.tools.claims.execution(run.arn) for run in begun]
        return [each["deployment"] for each in known if each is not None]
