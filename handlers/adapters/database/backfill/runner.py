"""Runs one backfill, batch after batch: token, rows and cursor commit together or not at all."""

import random
import time
from dataclasses import dataclass, field, replace

from handlers.adapters.database.backfill.cursors import Cursors
from handlers.adapters.database.backfill.keys import Batch, Keys
from handlers.adapters.database.backfill.replicas import Replicas
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.session import Refused, Session
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.backfill.history import BackfillEntry, BackfillTask
from handlers.domain.schema.backfill.pace import next_size
from handlers.domain.schema.sqlstate import QUERY_CANCELED, lock_was_busy, remedy
from handlers.errors import MigrationFailed, TransientDatabase

LOCK_TIMEOUT_MS = 500
BATCH_MS = 5_000
"""A batch that takes longer is cancelled and tried again with fewer rows."""
PATIENCE_SECONDS = 60.0
"""How long one batch is tried for its rows' locks."""
_LONGEST_PAUSE = 2.0
_LOOK_SECONDS = 1.0
_CALLS = 3
"""From a batch's first row to its commit: a slow way to the database makes no batch smaller."""
_LEAST_SECONDS = 2 * BATCH_MS / 1000
# A key is kept as text: these forms are exact, and read back as what they were.
_TEXT_FORMS = (
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "extra_float_digits = 1",
    "bytea_output = 'hex'",
)


@dataclass(slots=True)
class BackfillRunner:
    """Moves rows through one session. `passed` are the keys of all batches, `longest_ms` is the
    longest batch, from its first row to its commit; `behind` the lag for which it pauses now.
    """

    session: Session
    ledger: StatementLedger
    cursors: Cursors
    deadline: Deadline
    replicas: Replicas
    passed: int = field(default=0, init=False)
    longest_ms: float = field(default=0.0, init=False)
    behind: float = field(default=0.0, init=False)
    _worked_ms: float = field(default=0.0, init=False)

    def run(self, task: BackfillTask, until: float) -> BackfillEntry:
        """Runs batches until the moment `until` of the monotonic clock, or to the end: no key above
        the cursor. Answers where the backfill stands.

        Each batch is committed with its cursor, so that it may be killed anywhere and taken up
        again: no row is lost or done twice. Raises TransientDatabase when rows stay locked,
        MigrationFailed naming file and line, and ClaimLost between two batches when a later
        deployment has come.
        """
        backfill, entry, recorded = task.backfill, task.entry, task.recorded
        self.session.fresh()
        keys = Keys.of(self.session, backfill)
        if not entry.total:
            entry = replace(entry, total=keys.estimate())
        size, looked = backfill.header.batch, 0.0
        while True:
            if time.monotonic() - looked > _LOOK_SECONDS:
                if not self._caught_up(backfill, until):
                    return entry
                looked = time.monotonic()
            moved, size = self._patiently(backfill, entry, recorded, keys, size)
            if moved is None:
                continue
            entry = moved
            if entry.state == "done":
                return entry
            recorded = entry.cursor
            size = next_size(size, self._worked_ms)
            if time.monotonic() > until or self.deadline.left() < _LEAST_SECONDS:
                return entry

    def _caught_up(self, backfill: Backfill, until: float) -> bool:
        """Waits for replicas that are behind, to the end of the slice at most."""
        limit = backfill.header.lag_seconds
        while (lag := self.replicas.lag()) > limit:
            self.behind = lag
            left = min(until - time.monotonic(), self.deadline.left() - _LEAST_SECONDS)
            if left <= 0:
                return False
            time.sleep(min(_LOOK_SECONDS, left))
        self.behind = 0.0
        return True

    def _patiently(
        self,
        backfill: Backfill,
        entry: BackfillEntry,
        recorded: str | None,
        keys: Keys,
        size: int,
    ) -> tuple[BackfillEntry | None, int]:
        """One batch, tried until its rows are free; None, and a smaller size, when it took too
        long.
        """
        give_up = time.monotonic() + min(PATIENCE_SECONDS, self.deadline.left())
        pause = 0.05
        while True:
            try:
                return self._batch(backfill, entry, recorded, keys, size), size
            except Refused as refused:
                if refused.code == QUERY_CANCELED and size > 1:
                    return None, next_size(size, BATCH_MS)
                if not lock_was_busy(refused.code):
                    raise self._failure(backfill, entry, recorded, refused) from refused
                if time.monotonic() > give_up:
                    raise TransientDatabase(
                        f"{backfill.place}: its rows were locked for {PATIENCE_SECONDS:.0f} s "
                        f"({refused.message}); end the transactions that hold them"
                    ) from refused
            time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _batch(
        self,
        backfill: Backfill,
        entry: BackfillEntry,
        recorded: str | None,
        keys: Keys,
        size: int,
    ) -> BackfillEntry:
        with self.session.transaction(
            f"lock_timeout = {LOCK_TIMEOUT_MS}",
            f"statement_timeout = {BATCH_MS}",
            "idle_in_transaction_session_timeout = '30s'",
            *_TEXT_FORMS,
        ):
            self.ledger.fence()
            batch = keys.after(entry.cursor, size)
            began = time.monotonic()
            after = self._moved(backfill, entry, keys, batch)
            self.cursors.record(after, recorded=recorded)
        held_ms = round((time.monotonic() - began) * 1000, 3)
        self.longest_ms = max(self.longest_ms, held_ms)
        self._worked_ms = held_ms - _CALLS * self.session.trip * 1000
        self.passed += batch.count
        return replace(after, held_ms=max(after.held_ms, held_ms))

    def _moved(
        self, backfill: Backfill, entry: BackfillEntry, keys: Keys, batch: Batch
    ) -> BackfillEntry:
        """The entry after the batch's statement has run; done where there was no key left."""
        deployment = self.cursors.deployment
        if batch.first is None or batch.last is None:
            return replace(entry, state="done", total=entry.passed, deployment=deployment)
        first = entry.cursor is None
        lower = keys.value(batch.first if entry.cursor is None else entry.cursor)
        self.session.run(backfill.keyset.bound(lower, keys.value(batch.last), first=first))
        return replace(
            entry,
            state="started",
            cursor=batch.last,
            rows=entry.rows + (self.session.rows or 0),
            passed=entry.passed + batch.count,
            deployment=deployment,
        )

    def _failure(
        self, backfill: Backfill, entry: BackfillEntry, recorded: str | None, refused: Refused
    ) -> MigrationFailed:
        """Marks the row failed, so that the file may be corrected; what is done stays done."""
        with self.session.transaction("lock_timeout = '5s'", "statement_timeout = '10s'"):
            self.ledger.fence()
            failed = replace(entry, state="failed", deployment=self.cursors.deployment)
            self.cursors.record(failed, recorded=recorded, error=str(refused)[:1000])
        if refused.code == QUERY_CANCELED and "statement timeout" in refused.message:
            return MigrationFailed(
                f"{backfill.place}: a single row takes longer than {BATCH_MS / 1000:.0f} s; give "
                "the statement an index for what it looks up"
            )
        statement = backfill.keyset.statement
        help_ = remedy(refused.code, refused.message, self.session.login.user)
        return MigrationFailed(f"{statement.place(refused.position)}: {refused}{help_}")
