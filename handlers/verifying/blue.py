"""What is to be known of blue before green gets traffic."""

from dataclasses import replace
from functools import cached_property

from handlers.adapters.tools import Tools
from handlers.domain.bundle.migration_files import new_to
from handlers.domain.messages import BundleRef
from handlers.domain.probe.order import that_can_be_made
from handlers.domain.probe.results import Result
from handlers.domain.record import Record
from handlers.errors import PlanRejected
from handlers.verifying.runner import Runner, Target
from handlers.verifying.suite import Suite, read_suite


class Blue:
    """The release that is live, which a rollback goes back to; `ref` is its bundle, None for the
    seed.
    """

    def __init__(self, tools: Tools, record: Record, ref: BundleRef | None) -> None:
        self._tools, self._record, self._ref = tools, record, ref
        self.seed = ref is None
        self.moves_together = record.together == "atomic"
        self.gone = False
        """Whether its bundle was looked for and is not there any more."""

    @property
    def name(self) -> str:
        """Its version, as a person calls it."""
        return str((self._record.former or {}).get("release") or "the seed")

    @property
    def targets(self) -> dict[str, Target]:
        """Blue of each function."""
        functions = self._record.functions
        return {key: Target(each.name, each.blue) for key, each in functions.items()}

    @cached_property
    def suite(self) -> Suite | None:
        """Its checks, read when they are first asked for; None where its bundle is gone."""
        try:
            return None if self._ref is None else read_suite(self._tools.bundles, self._ref)
        except PlanRejected:
            self.gone = True
            return None

    def on_the_schema_of(self, green: Suite) -> list[Result] | None:
        """How blue's own checks go on blue, now that green's migrations have changed the schema
        under it. None where blue was released with all of them, or has no checks to be made.
        """
        if not new_to((), green.migrations) or self.suite is None:
            return None
        if not new_to(self.suite.migrations, green.migrations):
            return None
        checks = tuple(that_can_be_made(self.suite.checks, self.targets))
        return Runner(self._tools.probes, replace(self.suite, checks=checks), self.targets).run()

    def cold_starts(self) -> dict[str, float | None]:
        """By function, the init in milliseconds that was seen when blue was green."""
        digest = (self._record.former or {}).get("digest")
        journal = self._tools.journal
        known = journal.release(self._record.service, digest) if digest else None
        if known is None or not known.get("deployment"):
            return {}
        verified = journal.phases(known["deployment"]).get("VerifyGreen", {})
        starts = verified.get("section", {}).get("coldStarts", {})
        return {key: each["greenMs"] for key, each in starts.items()}
