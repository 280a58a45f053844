"""The gate in a deployment: on the bytes that will be applied, beside the database itself."""

import os
from collections.abc import Sequence

from handlers.adapters.bundles import BundleStore
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.session import Session
from handlers.domain.bundle.bundle import LARGEST_SQL
from handlers.domain.bundle.entries import read_entry
from handlers.domain.bundle.migration_files import Part
from handlers.domain.messages import BundleRef
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.of_contract import of_contract
from handlers.domain.schema.gate.report import GateReport, counted, summary
from handlers.domain.schema.gate.statement_files import read_statements
from handlers.domain.schema.history import Migration
from handlers.errors import MigrationFailed, MigrationRefused, PlanRejected, SchemaDrifted
from handlers.gating.static_only import judge_contract_statically, judge_statically

_ROLE, _GATE = "GREENSHIFT_DATABASE_ROLE", "GREENSHIFT_DATABASE_GATE"


def accept(
    session: Session,
    history: Sequence[Migration],
    pending: Sequence[Migration],
    blue: Sequence[BlueStatement],
    deadline: Deadline,
    part: Part,
    backfills: Sequence[Backfill] = (),
) -> str:
    """One sentence on what the gate found of what is still to be applied to the `history`. A
    contract's `blue` is the live release, and what its statements do not miss may go. Before an
    expand what blue's role is seen to run is asked as well.

    Raises MigrationRefused or SchemaDrifted, and MigrationFailed where it cannot judge; with the
    registration's `gate = "report"` these are told in the sentence and stop nothing.
    """
    seen: Sequence[BlueStatement] = ()
    try:
        seen = _running(session, blue) if part == "expand" else ()
        report = _judge(session, history, pending, backfills, (*blue, *seen), deadline, part)
    except (MigrationFailed, SchemaDrifted) as error:
        if _only_reports():
            return f"gate (reports only): {error}"
        raise
    if part == "contract":
        report = of_contract(report)
    if report.accepted:
        asked = f"; also by {counted(len(seen), 'statement')} of pg_stat_statements" if seen else ""
        return f"{summary(report)}{asked}"
    if _only_reports():
        return summary(report).replace("gate:", "gate (reports only):", 1)
    raise MigrationRefused(_told(report))


def statements_of(bundles: BundleStore, blue: BundleRef | None) -> tuple[BlueStatement, ...]:
    """The statements that blue's own bundle carried; none before the first release.

    Raises MigrationFailed where the bundle is gone: what blue runs is then not known.
    """
    if blue is None:
        return ()
    try:
        with bundles.open(blue.key, blue.version, blue.digest) as bundle:
            texts = {
                name: read_entry(bundle.zip, name, LARGEST_SQL).decode("utf-8-sig")
                for name in bundle.zip.namelist()
                if name.startswith("statements/") and name.endswith(".sql")
            }
    except PlanRejected as error:
        raise MigrationFailed(f"blue's statements cannot be read: {error}") from error
    statements, findings = read_statements(texts)
    if findings:
        raise MigrationFailed(f"blue's statements cannot be read: {findings[0]}")
    return statements


def _running(session: Session, blue: Sequence[BlueStatement]) -> tuple[BlueStatement, ...]:
    if session.pid is None:
        return ()
    from handlers.adapters.schema_gate.running_statements import running_beside  # noqa: PLC0415

    return running_beside(session, blue, os.environ.get(_ROLE))


def _judge(
    session: Session,
    history: Sequence[Migration],
    pending: Sequence[Migration],
    backfills: Sequence[Backfill],
    blue: Sequence[BlueStatement],
    deadline: Deadline,
    part: Part,
) -> GateReport:
    if session.pid is None:
        if part == "contract":
            return judge_contract_statically(session, pending)
        return judge_statically(session, pending, backfills, blue)
    # Only sessions by PostgreSQL's own protocol are held open, and only they need its driver.
    from handlers.adapters.database import postgres  # noqa: PLC0415
    from handlers.adapters.schema_gate.catalog_reader import read_catalog  # noqa: PLC0415
    from handlers.gating.gate import judge_migrations  # noqa: PLC0415

    assert isinstance(session, postgres.Session)
    return judge_migrations(
        session,
        history=history,
        pending=pending,
        backfills=backfills,
        statements=blue,
        role=os.environ.get(_ROLE),
        mode="shared",
        deadline=deadline,
        live=read_catalog(session),
    )


def _told(report: GateReport) -> str:
    stopping = [each for each in report.findings if each.stops]
    others = len(stopping) - 1
    more = f"; {counted(others, 'more finding')} beside it" if others else ""
    return f"{stopping[0]}{more}; nothing was applied: see them all with `greenshift schema check`"


def _only_reports() -> bool:
    return os.environ.get(_GATE) == "report"
