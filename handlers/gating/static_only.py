"""The gate where no session can be held open: the first layer alone, with the columns that the
database has.
"""

from collections.abc import Sequence

from handlers.adapters.database.session import Session
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import gravest
from handlers.domain.schema.gate.report import GateReport, StatementReport
from handlers.domain.schema.history import Migration
from handlers.gating.syntax_layer import judge_syntax

NOTE = (
    "the Data API has no sessions in which the migrations and blue's statements could be tried; "
    "run `greenshift schema check` before the release"
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


def judge_statically(session: Session, pending: Sequence[Migration]) -> GateReport:
    """The report on `pending` of the rules on the syntax tree; whether the database is what its
    migrations make is not known.

    Raises MigrationFailed with file, line and column for SQL that does not parse, and
    TransientDatabase.
    """
    columns: dict[str, dict[str, str]] = {}
    for relation, name, type_ in session.read(_COLUMNS):
        columns.setdefault(relation, {})[name] = type_
    findings = judge_syntax(pending, Facts(columns))
    return GateReport(
        statements=tuple(
            StatementReport(
                path=each.path,
                number=each.number,
                line=each.line,
                text=each.text,
                verdict=gravest(
                    found.verdict
                    for found in findings
                    if (found.path, found.statement) == (each.path, each.number)
                ),
            )
            for migration in pending
            for each in migration.statements
        ),
        findings=findings,
        layers=("syntax",),
        notes=(NOTE,),
    )
