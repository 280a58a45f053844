"""The gate's report for people: every finding with what to do, then one line that sums up."""

from collections.abc import Iterable, Iterator

from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.report import GateReport, StatementReport
from infra.cli.schema.second_opinion import Opinion

_STYLE = {"REFUSE": "bold red", "REVIEW": "yellow", "SAFE": "green"}
Line = tuple[str, str | None]
"""A line and its style."""

_WAITS = {
    "AccessExclusive": "reads and writes wait",
    "Exclusive": "writes wait",
    "ShareRowExclusive": "writes wait",
    "Share": "writes wait",
}
"""What a lock makes others wait for."""
_A_TRY = "0.5 s a try at most for its lock"
"""The runner asks for each lock with a lock_timeout of 0.5 s."""


def findings_of(report: GateReport) -> Iterator[Line]:
    """Each finding on its lines, the note of each layer, and the sum."""
    for finding in report.findings:
        yield from _finding(finding)
    for note in report.notes:
        yield f"note: {note}", "dim"
    yield _sum(report)


def opinions_of(opinions: Iterable[Opinion]) -> Iterator[Line]:
    """What squawk says, as information."""
    for each in opinions:
        yield f"{each.path}:{each.line}: info {each.rule} (squawk)", "dim"
        yield f"    {each.says}", "dim"


def plan_of(report: GateReport) -> Iterator[Line]:
    """Each pending statement with its locks, rewrites, what others wait for, and its verdict."""
    for statement in report.statements:
        style = _STYLE[statement.verdict]
        where = f"{statement.path}:{statement.line}"
        yield f"{statement.verdict:6} {where}  {_short(statement.text)}", style
        yield f"       locks     {_locks(statement)}", None
        yield f"       rewrites  {', '.join(statement.rewrites) or 'nothing'}", None
        yield f"       waiting   {expected_wait(statement)}", None
    yield from findings_of(report)


def expected_wait(statement: StatementReport) -> str:
    """What blue's statements have to expect while this one runs, in words."""
    if not statement.measured:
        return "not measured"
    waits = [_WAITS[mode] for mode in _WAITS if mode in statement.locks.values()]
    if statement.rewrites:
        return "reads and writes wait for as long as the rewrite takes"
    if not waits:
        return "nobody"
    if statement.scans:
        return f"{waits[0]}, {_A_TRY}, then until {' and '.join(statement.scans)} is read whole"
    return f"{waits[0]}, {_A_TRY}, then a moment"


def _finding(finding: GateFinding) -> Iterator[Line]:
    verdict = "waived" if finding.waived is not None else finding.verdict
    style = "dim" if finding.waived is not None else _STYLE[finding.verdict]
    yield (
        f"{finding.path}:{finding.line}: {verdict} {finding.rule} ({', '.join(finding.layers)})",
        style,
    )
    yield f"    {finding.breaks}", None
    for line in finding.remedy.splitlines():
        yield f"    {line}", "green"
    if finding.waived is not None:
        yield f"    waived: {finding.waived}", "dim"


def _sum(report: GateReport) -> Line:
    count = len(report.statements)
    judged = f"{count} statement{'' if count == 1 else 's'}, layers: {', '.join(report.layers)}"
    if report.accepted:
        return f"accepted ({judged})", "bold green"
    stopping = sum(finding.stops for finding in report.findings)
    return f"refused: {stopping} finding{'' if stopping == 1 else 's'} ({judged})", "bold red"


def _locks(statement: StatementReport) -> str:
    if not statement.measured:
        return "not measured"
    return ", ".join(f"{mode} on {name}" for name, mode in statement.locks.items()) or "none"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
