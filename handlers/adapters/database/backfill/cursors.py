"""The rows of the statement ledger that belong to backfills: how far each has come."""

from handlers.adapters.database.session import Session
from handlers.domain.schema.backfill.history import BackfillEntry
from handlers.errors import TransientDatabase

_ENTRIES = """
SELECT version, name, checksum, state, deployment, cursor, coalesce(rows, 0), coalesce(passed, 0),
       coalesce(total, 0), held_ms,
       to_char(coalesce(ended_at, started_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM greenshift.statements WHERE service = :service AND part = 'backfill' ORDER BY version
"""
_RECORD = """
INSERT INTO greenshift.statements AS old (service, version, part, number, name, checksum, state,
    of, rows, passed, total, cursor, held_ms, error, started_at, ended_at, execution, deployment)
VALUES (:service, :version, 'backfill', 1, :name, :checksum, CAST(:state AS text), 1, :rows,
    :passed, :total, :cursor, CAST(:held_ms AS double precision), :error, clock_timestamp(),
    CASE WHEN CAST(:state AS text) = 'started' THEN NULL ELSE clock_timestamp() END,
    :execution, :deployment)
ON CONFLICT (service, version, part, number) DO UPDATE SET
    name = excluded.name, checksum = excluded.checksum, state = excluded.state,
    rows = excluded.rows, passed = excluded.passed, total = excluded.total,
    cursor = excluded.cursor, held_ms = excluded.held_ms, error = excluded.error,
    started_at = CASE WHEN old.checksum = excluded.checksum THEN old.started_at
                      ELSE excluded.started_at END,
    ended_at = excluded.ended_at, execution = excluded.execution, deployment = excluded.deployment
WHERE old.state <> 'done' AND old.cursor IS NOT DISTINCT FROM CAST(:recorded AS text)
RETURNING true
"""


class Cursors:
    """The backfills' rows, for one deployment of one service."""

    def __init__(self, session: Session, *, service: str, execution: str, deployment: str) -> None:
        self._session, self._service = session, service
        self._execution, self.deployment = execution, deployment

    def entries(self) -> tuple[BackfillEntry, ...]:
        """Every backfill of the service that was ever begun."""
        return tuple(
            BackfillEntry(
                version=version,
                name=name,
                checksum=checksum,
                state=state,
                deployment=deployment,
                cursor=cursor,
                rows=rows,
                passed=passed,
                total=total,
                held_ms=held_ms,
                at=at,
            )
            for (
                version, name, checksum, state, deployment, cursor, rows, passed, total, held_ms, at
            ) in self._session.read(_ENTRIES, service=self._service)
        )  # fmt: skip

    def record(
        self, entry: BackfillEntry, *, recorded: str | None, error: str | None = None
    ) -> None:
        """Writes the row, in the transaction of the batch; `recorded` is the cursor that it
        has now.

        Raises TransientDatabase where the cursor is another one: then this batch is not the next
        one, and must not commit.
        """
        moved = self._session.value(
            _RECORD,
            service=self._service,
            version=entry.version,
            name=entry.name,
            checksum=entry.checksum,
            state=entry.state,
            rows=entry.rows,
            passed=entry.passed,
            total=entry.total,
            cursor=entry.cursor,
            held_ms=entry.held_ms,
            error=error,
            execution=self._execution,
            deployment=self.deployment,
            recorded=recorded,
        )
        if not moved:
            raise TransientDatabase(
                f"{self._session.login.place}: another migrator of {self._service} has moved the "
                f"cursor of {entry.version:04}_{entry.name}"
            )
