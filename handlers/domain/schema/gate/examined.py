"""The answer of the gate's second and third layer."""

from dataclasses import dataclass

from handlers.domain.schema.gate.catalog.snapshot import Snapshot
from handlers.domain.schema.gate.findings import GateFinding, Verdict, gravest
from handlers.domain.schema.gate.measured import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """`statements` are the pending ones in order, up to one that does not apply; `before` and
    `after` the catalogs of the scratch database, `replay_ms` how long the history took.
    """

    statements: tuple[Measured, ...]
    findings: tuple[GateFinding, ...]
    notes: tuple[str, ...]
    before: Snapshot
    after: Snapshot
    replay_ms: float

    def of(self, measured: Measured) -> tuple[GateFinding, ...]:
        """The findings on one statement."""
        place = (measured.statement.path, measured.statement.number)
        return tuple(each for each in self.findings if (each.path, each.statement) == place)

    def verdict(self, measured: Measured) -> Verdict:
        """The gravest of the statement's findings."""
        return gravest(finding.verdict for finding in self.of(measured))
