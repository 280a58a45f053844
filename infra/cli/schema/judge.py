"""The gate on a folder, with a PostgreSQL of this machine that lives as long as the judgement."""

import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import connect
from handlers.adapters.database.secrets import Login
from handlers.domain.findings import Finding
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.report import GateReport
from handlers.domain.schema.gate.statement_files import read_statements
from handlers.errors import GreenshiftError
from handlers.gating.gate import judge_migrations
from infra.cli.exits import Complaint
from infra.cli.schema.folder import SchemaFolder, read_folder
from infra.cli.schema.items import judge_items_folder, read_items
from infra.local.postgres import Postgres, PostgresError

NOT_CHECKED = 2
_CONTRACTS = (
    "contracts are not judged here, but when they run, at the end of the rollback window, by the "
    "statements of the release that is live then"
)
_EARLIER = (
    "or, where a migration before {first:04} makes it, copy that file into migrations/ too: those "
    "of this folder alone are known, and of --live the statements"
)
_LONGEST_SECONDS = 600.0
_PLACE = re.compile(r"(?P<path>[^:]+)(?::(?P<line>\d+))?")


def judge_folder(
    folder: Path, first: int | None, role: str | None, live: Path | None = None
) -> GateReport:
    """The report on the folder's pending migrations, and on the shapes of items that it declares.
    `live` is the folder of the release that is live, whose statements and shapes are blue's; the
    folder's own where it is None. What cannot be read is a REFUSE of its own, and then nothing else
    is judged.

    Raises Complaint with NOT_CHECKED where the folder has nothing to judge or PostgreSQL is not to
    be had.
    """
    found = read_folder(folder, first)
    items = read_items(folder, first)
    of_live = read_items(live, None) if live else None
    texts = read_folder(live, None).statements if live else found.statements
    statements, wrong = read_statements(texts)
    unreadable = (*found.findings, *wrong, *items.findings, *(of_live.findings if of_live else ()))
    if unreadable:
        return GateReport(
            statements=(),
            findings=tuple(_refused(each) for each in unreadable),
            layers=("items",) if items.anything else ("syntax",),
        )
    reports = [judge_items_folder(items, of_live)] if items.anything else []
    if found.pending or found.backfills:
        reports.append(_told_of(found, _on_a_server(found, statements, role)))
    if not reports:
        raise Complaint(_nothing(folder, found, first), NOT_CHECKED)
    return _together(reports)


def _told_of(found: SchemaFolder, report: GateReport) -> GateReport:
    """The report with what only this folder tells: that its contracts were left out, and that what
    a statement misses may be made by files that are not in it.
    """
    contracts = ", ".join(each.file.path for each in found.contracts)
    notes = (*report.notes, *([f"{_CONTRACTS}: {contracts}"] if contracts else []))
    files = [each.file for each in (*found.applied, *found.pending)]
    first = min(each.number for each in (*files, *(each.file for each in found.backfills)))
    findings = tuple(
        replace(each, remedy=f"{each.remedy}; {_EARLIER.format(first=first)}")
        if first > 1 and each.rule == "does-not-apply" and "does not exist" in each.breaks
        else each
        for each in report.findings
    )
    return replace(report, findings=findings, notes=notes)


def _together(reports: Sequence[GateReport]) -> GateReport:
    """One report of a folder that has SQL and items."""
    return GateReport(
        statements=tuple(each for report in reports for each in report.statements),
        findings=tuple(each for report in reports for each in report.findings),
        layers=tuple(each for report in reports for each in report.layers),
        notes=tuple(each for report in reports for each in report.notes),
        fingerprint=reports[-1].fingerprint,
    )


def _on_a_server(
    found: SchemaFolder, statements: Sequence[BlueStatement], role: str | None
) -> GateReport:
    with tempfile.TemporaryDirectory(prefix="greenshift-schema-") as work:
        server = Postgres(Path(work))
        try:
            database = server.start()
            login = Login(
                host=database.host,
                port=database.port,
                name=database.name,
                user=database.user,
                password=database.password,
                tls=False,
                source="this command",
            )
            deadline = Deadline(time.monotonic() + _LONGEST_SECONDS)
            with connect(login, deadline) as home:
                return judge_migrations(
                    home,
                    history=found.applied,
                    pending=found.pending,
                    backfills=found.backfills,
                    statements=statements,
                    role=role,
                    mode="own",
                    deadline=deadline,
                )
        except PostgresError as error:
            raise Complaint(str(error), NOT_CHECKED) from error
        except GreenshiftError as error:
            return _unjudged(found, error)
        finally:
            server.stop()


def _unjudged(found: SchemaFolder, error: GreenshiftError) -> GateReport:
    """A file that does not parse, or a history that does not replay: told with its place."""
    where, _, rest = str(error).partition(": ")
    path = (_PLACE.match(where) or {"path": ""})["path"]
    known = {each.file.path for each in (*found.applied, *found.pending, *found.contracts)}
    known |= {each.file.path for each in found.backfills}
    if path not in known:
        raise Complaint(str(error), NOT_CHECKED) from error
    what, _, do = rest.rpartition("; ") if "; " in rest else (rest, "", "correct it")
    return GateReport(
        statements=(),
        findings=(_refused(Finding("Unreadable", where, what, do)),),
        layers=("syntax",),
    )


def _refused(finding: Finding) -> GateFinding:
    found = _PLACE.match(finding.where)
    assert found is not None
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", finding.code).lower()
    column = finding.where.removeprefix(found[0]).lstrip(":")
    at = f"column {column}: " if column.isdigit() else ""
    return GateFinding(
        path=found["path"],
        statement=0,
        line=int(found["line"] or 1),
        rule=words,
        layer="syntax",
        verdict="REFUSE",
        breaks=f"{at}{finding.what}",
        remedy=finding.do,
    )


def _nothing(folder: Path, found: SchemaFolder, first: int | None) -> str:
    if not (folder / "migrations").is_dir():
        return f"{folder} has no folder migrations: name the folder that a bundle is packed from"
    if first is not None and found.applied:
        last = max(each.file.number for each in found.applied)
        return f"there is no expand file from {first:04} on in {folder}: the last one is {last:04}"
    return f"{folder}/migrations has no expand file NNNN_name.expand.sql: there is nothing to check"


def below(report: GateReport, folder: Path) -> GateReport:
    """The report with its paths as they lead there from where the command was started."""
    here = Path.cwd()
    inside = folder.resolve().is_relative_to(here)
    start = folder.resolve().relative_to(here) if inside else folder
    base = "" if start == Path() else f"{start.as_posix()}/"
    return replace(
        report,
        findings=tuple(replace(each, path=f"{base}{each.path}") for each in report.findings),
        statements=tuple(replace(each, path=f"{base}{each.path}") for each in report.statements),
    )
