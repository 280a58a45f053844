"""A report's lines: every pending statement, and the findings in the order of the files."""

from collections.abc import Sequence

from handlers.domain.schema.gate.findings import GateFinding, gravest
from handlers.domain.schema.gate.measured import Measured
from handlers.domain.schema.gate.report import StatementReport
from handlers.domain.schema.history import Migration


def statement_reports(
    pending: Sequence[Migration],
    findings: Sequence[GateFinding],
    tried: Sequence[Measured] = (),
) -> tuple[StatementReport, ...]:
    """Every pending statement with its own verdict, and what was measured of those `tried`."""
    measured = {(each.statement.path, each.statement.number): each for each in tried}
    reports = []
    for statement in (each for migration in pending for each in migration.statements):
        place = (statement.path, statement.number)
        seen = measured.get(place, Measured(statement=statement, tried=False))
        own = [each for each in findings if (each.path, each.statement) == place]
        reports.append(
            StatementReport(
                path=statement.path,
                number=statement.number,
                line=statement.line,
                text=statement.text,
                verdict=gravest(each.verdict for each in own),
                measured=seen.tried and not seen.outside,
                locks=seen.locks,
                rewrites=seen.rewritten,
                milliseconds=round(seen.milliseconds, 1),
            )
        )
    return tuple(reports)


def in_order(
    pending: Sequence[Migration], findings: Sequence[GateFinding]
) -> tuple[GateFinding, ...]:
    """The findings by file, and in it by statement."""
    paths = [migration.file.path for migration in pending]
    return tuple(sorted(findings, key=lambda each: (paths.index(each.path), each.statement)))
