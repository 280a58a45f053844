"""The gate: the layers on a release's pending migrations, and one report."""

from collections.abc import Sequence

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session
from handlers.adapters.schema_gate.examine import examine
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.catalog.fingerprint import (
    differences,
    fingerprint,
    without_administration,
)
from handlers.domain.schema.gate.catalog.snapshot import Snapshot
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import Layer, joined
from handlers.domain.schema.gate.reach import Mode
from handlers.domain.schema.gate.report import GateReport
from handlers.domain.schema.gate.rule_names import KNOWN
from handlers.domain.schema.gate.waivers import apply_waivers
from handlers.domain.schema.history import Migration
from handlers.errors import SchemaDrifted
from handlers.gating.reporting import in_order, pending_statements, statement_reports, texts_of
from handlers.gating.syntax_layer import judge_syntax, what_is_read

_MOST_TOLD = 5


def judge_migrations(
    home: Session,
    *,
    history: Sequence[Migration],
    pending: Sequence[Migration],
    backfills: Sequence[Backfill] = (),
    statements: Sequence[BlueStatement],
    role: str | None,
    mode: Mode,
    deadline: Deadline,
    live: Snapshot | None = None,
) -> GateReport:
    """The report on `pending`, and on the `backfills` that run after them, on a scratch database of
    `home`'s server that has the `history`.

    `live` is the catalog of the database that they are meant for: where it differs from what the
    history makes, nothing that was judged would hold there. Raises SchemaDrifted naming what
    differs, MigrationFailed where the gate cannot judge, and TransientDatabase.
    """
    examined = examine(
        home,
        history=history,
        pending=pending,
        backfills=backfills,
        statements=statements,
        role=role,
        mode=mode,
        deadline=deadline,
    )
    if live is not None:
        _refuse_drift(live, examined.before)
    facts = Facts(_columns(examined.before), what_is_read(statements) if backfills else ())
    syntax = judge_syntax(pending, facts, backfills)
    found = joined((*syntax, *examined.findings))
    texts = texts_of(pending, backfills)
    waived = apply_waivers(found, texts, KNOWN)
    findings = waived.findings
    layers: tuple[Layer, ...] = ("syntax", "catalog")
    return GateReport(
        statements=statement_reports(
            pending_statements(pending, backfills), findings, examined.statements
        ),
        findings=in_order(texts, findings),
        layers=(*layers, "statements") if statements else layers,
        notes=(*waived.notes, *examined.notes),
        fingerprint=fingerprint(without_administration(examined.before)),
    )


def _refuse_drift(live: Snapshot, replayed: Snapshot) -> None:
    """Rights, and what watches a server, come from outside of migrations, so they are no drift."""
    found = differences(without_administration(live), without_administration(replayed))
    if found:
        more = f" (and {len(found) - _MOST_TOLD} more)" if len(found) > _MOST_TOLD else ""
        raise SchemaDrifted(
            f"the database is not what the applied migrations make: "
            f"{'; '.join(found[:_MOST_TOLD])}{more}; undo it there, or write it into a migration"
        )


def _columns(catalog: Snapshot) -> dict[str, dict[str, str]]:
    return {
        f"{each.schema}.{each.name}": {column.name: column.type for column in each.columns}
        for each in catalog.relations
    }
