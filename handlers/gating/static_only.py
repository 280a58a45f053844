"""The gate where no session can be held open: the first layer alone, with the columns that the
database has.
"""

from collections.abc import Sequence
from dataclasses import replace

from handlers.adapters.database.session import Session
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import joined
from handlers.domain.schema.gate.of_contract import of_contract
from handlers.domain.schema.gate.report import GateReport
from handlers.domain.schema.gate.rule_names import KNOWN
from handlers.domain.schema.gate.waivers import apply_waivers
from handlers.domain.schema.history import Migration
from handlers.errors import MigrationFailed
from handlers.gating.reporting import in_order, pending_statements, statement_reports, texts_of
from handlers.gating.syntax_layer import judge_syntax, what_is_read

NOTE = (
    "the Data API has no sessions in which the migrations and blue's statements could be tried; "
    "run `greenshift schema check` before the release"
)
_UNTRIED = (
    "whether the live release still needs what this takes away cannot be tried through the Data "
    "API; let the migrator reach the database in its VPC, or register it with gate='report', which "
    "tells of this and goes on"
)
_COLUMNS = """
SELECT format('%s.%s', space.nspname, class.relname), field.attname::text,
       format_type(field.atttypid, field.atttypmod)
FROM pg_catalog.pg_attribute AS field
JOIN pg_catalog.pg_class AS class ON class.oid = field.attrelid
JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
WHERE field.attnum > 0 AND NOT field.attisdropped AND class.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND space.nspname !~ '^pg_' AND space.nspname NOT IN ('information_schema', 'greenshift')
ORDER BY class.oid, field.attnum
"""


def judge_statically(
    session: Session,
    pending: Sequence[Migration],
    backfills: Sequence[Backfill] = (),
    statements: Sequence[BlueStatement] = (),
) -> GateReport:
    """The report of the rules on the syntax tree on `pending`, and on the `backfills`, which write
    what blue's `statements` may read; whether the database is what its migrations make is not
    known.

    Raises MigrationFailed with file, line and column for SQL that does not parse, and
    TransientDatabase.
    """
    columns: dict[str, dict[str, str]] = {}
    for relation, name, type_ in session.read(_COLUMNS):
        columns.setdefault(relation, {})[name] = type_
    facts = Facts(columns, what_is_read(statements) if backfills else ())
    texts = texts_of(pending, backfills)
    waived = apply_waivers(joined(judge_syntax(pending, facts, backfills)), texts, KNOWN)
    return GateReport(
        statements=statement_reports(pending_statements(pending, backfills), waived.findings),
        findings=in_order(texts, waived.findings),
        layers=("syntax",),
        notes=(*waived.notes, NOTE),
    )


def judge_contract_statically(session: Session, pending: Sequence[Migration]) -> GateReport:
    """As `judge_statically`, with only the findings that stop a contract whatever the live release
    needs.

    Raises MigrationFailed for a contract of which only the live release's statements could show
    that it may go, and what `judge_statically` raises.
    """
    report = judge_statically(session, pending)
    if report.accepted:
        return report
    asked = of_contract(replace(report, layers=("syntax", "statements")))
    if asked.accepted:
        first = next(each for each in report.findings if each.stops)
        raise MigrationFailed(f"{first.path}:{first.line}: {first.rule}: {_UNTRIED}")
    return replace(report, findings=asked.findings)
