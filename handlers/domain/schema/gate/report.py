"""What the gate answers of a release's migrations: every pending statement, and every finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.domain.schema.gate.findings import GateFinding, Layer, Verdict, accepted, gravest


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReport:
    """One pending statement: where it stands, its text on one line, and what it does to others.

    `locks` are the strongest modes by the name of the existing relation, `rewrites` the existing
    relations that it wrote anew, `scans` the tables that it read whole while their writers waited,
    `milliseconds` its time on scratch; `measured` says whether it was
    run there at all. `verdict` is that of its own findings, waived ones included.
    """

    path: str
    number: int
    line: int
    text: str
    verdict: Verdict
    measured: bool = False
    locks: Mapping[str, str] = field(default_factory=dict)
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """One report of all layers. `layers` are those that were run, `notes` what a reader should know
    of how far they could see. `fingerprint` is the schema's that the migrations were held against,
    empty where there was no scratch database.
    """

    statements: tuple[StatementReport, ...]
    findings: tuple[GateFinding, ...]
    layers: tuple[Layer, ...]
    notes: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the migrations may be applied while blue serves."""
        return accepted(self.findings)

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of all statements."""
        return gravest(each.verdict for each in self.findings)

    @property
    def waivers(self) -> tuple[GateFinding, ...]:
        """The findings that the files let pass, each with its reason."""
        return tuple(each for each in self.findings if each.waived is not None)


def summary(report: GateReport) -> str:
    """The report as one sentence, for the deployment's record."""
    judged = f"gate: {counted(len(report.statements), 'statement')}"
    stopping = [each for each in report.findings if each.stops]
    if stopping:
        more = f" (and {len(stopping) - 1} more)" if len(stopping) > 1 else ""
        return f"{judged}, refused: {stopping[0]}{more}"
    waived = "".join(f"; {each.rule} waived: {each.waived}" for each in report.waivers)
    return f"{judged} accepted{_blind(report.layers)}{waived}"


def _blind(layers: Sequence[Layer]) -> str:
    if "statements" in layers:
        return ""
    return "; static and catalog only" if "catalog" in layers else "; static only"


def counted(number: int, thing: str) -> str:
    """`1 statement`, `2 statements`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
