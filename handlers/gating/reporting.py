"""What a report is about: the pending files and statements, and the findings in their order."""

from collections.abc import Iterable, Sequence

from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.gate.findings import GateFinding, gravest
from handlers.domain.schema.gate.measured import Measured
from handlers.domain.schema.gate.report import StatementReport
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import Statement


def texts_of(pending: Sequence[Migration], backfills: Sequence[Backfill]) -> dict[str, str]:
    """The text of each file by its path, in the order of their running."""
    files = {each.file.path: each.text for each in pending}
    return files | {each.file.path: each.text for each in backfills}


def pending_statements(
    pending: Sequence[Migration], backfills: Sequence[Backfill]
) -> tuple[Statement, ...]:
    """What is still to be run, in its order."""
    return (
        *(each for migration in pending for each in migration.statements),
        *(each.keyset.statement for each in backfills),
    )


def statement_reports(
    pending: Sequence[Statement],
    findings: Sequence[GateFinding],
    tried: Sequence[Measured] = (),
) -> tuple[StatementReport, ...]:
    """Every pending statement with its own verdict, and what was measured of those `tried`."""
    measured = {(each.statement.path, each.statement.number): each for each in tried}
    reports = []
    for statement in pending:
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
                scans=seen.waited_for,
                milliseconds=round(seen.milliseconds, 1),
            )
        )
    return tuple(reports)


def in_order(files: Iterable[str], findings: Sequence[GateFinding]) -> tuple[GateFinding, ...]:
    """The findings in the order of the files, and in each by statement."""
    paths = list(files)
    return tuple(sorted(findings, key=lambda each: (paths.index(each.path), each.statement)))
