"""Greenshift's own tables in a service's database: which statements were applied, and who may apply
any.
"""

import hashlib
import time
from contextlib import suppress
from typing import Any

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.session import Refused, Session, pooled
from handlers.domain.bundle.migration_files import Part
from handlers.domain.schema.history import Entry, State, Task
from handlers.domain.schema.sqlstate import MADE_MEANWHILE
from handlers.errors import ClaimLost, MigrationFailed, TransientDatabase

LOCK_SECONDS = 60.0
_POLL_SECONDS = 0.25
_MAKING_TRIES = 5

_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS greenshift",
    """
CREATE TABLE IF NOT EXISTS greenshift.fence (
    service text PRIMARY KEY,
    token bigint NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS greenshift.statements (
    service text NOT NULL,
    version integer NOT NULL,
    part text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'done', 'failed')),
    of integer NOT NULL,
    rows bigint,
    passed bigint,
    total bigint,
    cursor text,
    held_ms double precision NOT NULL DEFAULT 0,
    error text,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    execution text NOT NULL,
    deployment text NOT NULL,
    PRIMARY KEY (service, version, part, number)
)
""",
    """
ALTER TABLE greenshift.statements ADD COLUMN IF NOT EXISTS passed bigint,
    ADD COLUMN IF NOT EXISTS total bigint, ADD COLUMN IF NOT EXISTS cursor text
""",
)
_THERE = """
SELECT to_regclass('greenshift.fence') IS NOT NULL AND EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass('greenshift.statements') AND attname = 'cursor')
"""
_FENCE = """
INSERT INTO greenshift.fence AS mine (service, token) VALUES (:service, :token)
ON CONFLICT (service) DO UPDATE SET token = excluded.token WHERE mine.token <= excluded.token
RETURNING pg_backend_pid()
"""
_SEAL = """
UPDATE greenshift.fence SET token = :token + 1 WHERE service = :service AND token = :token
"""
_ENTRIES = """
SELECT version, name, number, checksum, state, of, held_ms, deployment,
       to_char(coalesce(ended_at, started_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       CAST(extract(epoch FROM coalesce(ended_at, started_at)) AS double precision)
FROM greenshift.statements WHERE service = :service AND part = :part
ORDER BY version, number
"""
_IS_DONE = """
SELECT state = 'done' FROM greenshift.statements
WHERE service = :service AND version = :version AND part = :part AND number = :number
"""
_RECORD = """
INSERT INTO greenshift.statements AS old (service, version, part, number, name, checksum, state,
    of, rows, held_ms, error, started_at, ended_at, execution, deployment)
VALUES (:service, :version, :part, :number, :name, :checksum, CAST(:state AS text), :of, :rows,
    CAST(:held_ms AS double precision), :error,
    clock_timestamp() - make_interval(secs => CAST(:held_ms AS double precision) / 1000),
    CASE WHEN CAST(:state AS text) = 'started' THEN NULL ELSE clock_timestamp() END,
    :execution, :deployment)
ON CONFLICT (service, version, part, number) DO UPDATE SET
    name = excluded.name, checksum = excluded.checksum, state = excluded.state, of = excluded.of,
    rows = excluded.rows, held_ms = excluded.held_ms, error = excluded.error,
    started_at = CASE WHEN old.state = 'started' THEN old.started_at ELSE excluded.started_at END,
    ended_at = excluded.ended_at, execution = excluded.execution, deployment = excluded.deployment
WHERE old.state <> 'done'
"""


class StatementLedger:
    """`greenshift.statements` and `greenshift.fence`, for one deployment of one service."""

    def __init__(
        self, session: Session, *, service: str, token: int, execution: str, deployment: str
    ) -> None:
        self._session, self._service, self._token = session, service, token
        self._execution, self._deployment = execution, deployment

    def exclude_others(self, deadline: Deadline) -> None:
        """Returns when no other migrator works on the service; the lock lasts as long as the
        session. Where no lock outlasts a transaction, the row that `fence` locks keeps others out.

        Asked for again and again outside any transaction: one that waited would deadlock with
        CREATE INDEX CONCURRENTLY. A migrator of an earlier deployment, whose execution was stopped,
        is told by the raised token that it is over. Raises ClaimLost for a lower token than was
        seen, and TransientDatabase after a minute.
        """
        if self._session.pid is None:
            return
        until = time.monotonic() + min(LOCK_SECONDS, deadline.left())
        digest = hashlib.sha256(f"greenshift:{self._service}".encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        while not self._session.value(f"SELECT pg_try_advisory_lock({key})"):
            self._overtake()
            if time.monotonic() > until:
                place = self._session.login.place
                raise TransientDatabase(f"another migrator of {self._service} works on {place}")
            time.sleep(_POLL_SECONDS)

    def _overtake(self) -> None:
        """Raises the token while another one still works, unless it is in mid-statement."""
        with suppress(Refused):
            if self._session.value(_THERE):
                with self._session.transaction("lock_timeout = '1s'"):
                    self.fence()

    def prepare(self) -> None:
        """Makes the tables and columns that are not there yet. Safe beside others that do the
        same.
        """
        for attempt in range(1, _MAKING_TRIES + 1):
            if self._session.value(_THERE):
                return
            try:
                with self._session.transaction("lock_timeout = '5s'"):
                    for table in _TABLES:
                        self._session.run(table)
            except Refused as refused:
                if refused.code not in MADE_MEANWHILE or attempt == _MAKING_TRIES:
                    raise

    def fence(self) -> None:
        """Compares and sets the token, in whatever transaction is open: a lower one than was seen
        commits nothing.

        Raises ClaimLost for a lower token, and MigrationFailed when the transaction is not on our
        own server process.
        """
        pid = self._session.value(_FENCE, service=self._service, token=self._token)
        if pid is None:
            raise ClaimLost(
                f"{self._service}: a later deployment has migrated the database since token "
                f"{self._token}"
            )
        if self._session.pid not in (None, pid):
            raise MigrationFailed(pooled(self._session.login))

    def seal(self) -> None:
        """Raises the token by one, in whatever transaction is open: no other invocation of this
        deployment commits anything after it, and the next deployment does.
        """
        self._session.run(_SEAL, service=self._service, token=self._token)

    def entries(self, part: Part = "expand") -> tuple[Entry, ...]:
        """Every statement of the service's files of this part that was ever announced."""
        return tuple(
            Entry(
                version=version,
                name=name,
                number=number,
                checksum=checksum,
                state=state,
                of=of,
                held_ms=held_ms,
                deployment=deployment,
                at=at,
                moment=moment,
            )
            for version, name, number, checksum, state, of, held_ms, deployment, at, moment in (
                self._session.read(_ENTRIES, service=self._service, part=part)
            )
        )

    def is_done(self, task: Task) -> bool:
        """Whether the statement was committed by now, in whatever transaction is open: after
        `fence` nobody else's can come between.
        """
        file, number = task.migration.file, task.statement.number
        return bool(
            self._session.value(
                _IS_DONE, service=self._service, version=file.number, part=file.part, number=number
            )
        )

    def record(
        self,
        task: Task,
        state: State,
        *,
        rows: int | None = None,
        held_ms: float = 0.0,
        error: str | None = None,
    ) -> None:
        """Writes the statement's row; what is done stays as it is."""
        file, statement = task.migration.file, task.statement
        values: dict[str, Any] = {
            "version": file.number,
            "part": file.part,
            "number": statement.number,
            "name": file.name,
            "checksum": statement.checksum,
            "of": len(task.migration.statements),
        }
        self._session.run(
            _RECORD,
            service=self._service,
            **values,
            state=state,
            rows=rows,
            held_ms=held_ms,
            error=error,
            execution=self._execution,
            deployment=self._deployment,
        )
