"""Runs one statement of a migration, once: with its ledger row in one transaction, or announced
before and seen after.

Short lock time-outs keep blue's statements from queueing behind ours; between the tries they go
through.
"""

import random
import time
from dataclasses import dataclass, field

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.half_made import believe, clear, is_done, refuse_building
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.session import AnswerLost, Refused, Session
from handlers.domain.schema.history import Task
from handlers.domain.schema.kinds import Kind, MakeIndex, Setting
from handlers.domain.schema.sqlstate import (
    IN_TRANSACTION_ONLY_OUTSIDE,
    QUERY_CANCELED,
    lock_was_busy,
    remedy,
)
from handlers.errors import MigrationFailed, TransientDatabase

LOCK_TIMEOUT_MS = 500
PATIENCE_SECONDS = 60.0
"""How long one statement is tried for its locks in one invocation; the state machine tries again
after it.
"""
CLEAR_MS = 10_000
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_LEDGER = ("lock_timeout = '5s'", "statement_timeout = '10s'")


class OutOfTime(Exception):
    """The statement was cancelled at the end of the invocation; it did nothing."""


@dataclass(slots=True)
class StatementRunner:
    """Applies statements through one session. `longest_ms` is how long the longest held its locks,
    to its commit.
    """

    session: Session
    ledger: StatementLedger
    deadline: Deadline
    longest_ms: float = field(default=0.0, init=False)
    _by_transport: bool = field(default=False, init=False)

    def run(self, task: Task) -> None:
        """Applies the statement, or makes a setting again that an earlier invocation made for those
        after it.

        Returns when the statement and its ledger row are committed. Safe to repeat: a done row is
        never run again.

        Raises TransientDatabase when its locks stay busy, OutOfTime, StillRuns, MigrationFailed
        naming file and line, and ClaimLost.
        """
        if task.replayed:
            return self._replay(task)
        until = time.monotonic() + min(PATIENCE_SECONDS, self.deadline.left())
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._once(task)
            except Refused as refused:
                if not lock_was_busy(refused.code):
                    raise self._failure(task, refused) from refused
                if time.monotonic() > until:
                    raise TransientDatabase(
                        f"{task.statement.place()}: its locks were busy for "
                        f"{PATIENCE_SECONDS:.0f} s ({refused.message}); end the "
                        "transactions that hold them"
                    ) from refused
            except AnswerLost as lost:
                # The same transaction again finds the row, if it was committed after all.
                if not task.statement.kind.transactional or time.monotonic() > until:
                    raise TransientDatabase(f"{task.statement.place()}: {lost}") from lost
            time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _replay(self, task: Task) -> None:
        try:
            self.session.keep(task.statement.text)
        except Refused as refused:
            raise self._failure(task, refused) from refused

    def _once(self, task: Task) -> None:
        if not task.statement.kind.transactional:
            return self._outside(task)
        try:
            self._inside(task)
        except Refused as refused:
            if refused.code != IN_TRANSACTION_ONLY_OUTSIDE:
                raise
            self._outside(task)

    def _inside(self, task: Task) -> None:
        with self.session.transaction(
            *self._limits(LOCK_TIMEOUT_MS), "idle_in_transaction_session_timeout = '30s'"
        ):
            self.ledger.fence()
            settles = isinstance(task.statement.kind, Setting)
            if settles:
                self.session.keep(task.statement.text)
            if self.session.pid is None and self.ledger.is_done(task):
                return
            began = time.monotonic()
            if not settles:
                self.session.run(task.statement.text)
            rows = self.session.rows
            held_ms = _milliseconds(began)
            self.ledger.record(task, "done", rows=rows, held_ms=held_ms)
        self.longest_ms = max(self.longest_ms, _milliseconds(began))

    def _outside(self, task: Task) -> None:
        """Announces the statement, runs it, and believes only what the catalog says of it."""
        kind = task.statement.kind
        if task.begun:
            self.session.settle(task.statement.text)
        if not (task.begun and is_done(self.session, kind)):
            self._announce(task)
            self.session.limit(*self._limits(0 if kind.waits_freely else LOCK_TIMEOUT_MS))
            clear(self.session, kind)
            began = time.monotonic()
            try:
                self._alone(task)
            except Refused as refused:
                if self._cleared(kind):
                    self._note(task, refused)
                raise
            if not kind.waits_freely:
                self.longest_ms = max(self.longest_ms, _milliseconds(began))
        with self.session.transaction(*_LEDGER):
            self.ledger.fence()
            self.ledger.record(task, "done", rows=None)

    def _alone(self, task: Task) -> None:
        """Runs the statement outside a transaction. Raises Refused when it failed, also unseen."""
        kind = task.statement.kind
        if not self.session.alone(task.statement.text):
            believe(self.session, kind)
        elif self.session.pid is None and isinstance(kind, MakeIndex):
            # IF NOT EXISTS is content with an index that somebody else is still at.
            refuse_building(self.session, kind)

    def _cleared(self, kind: Kind) -> bool:
        """Whether a failed statement has left nothing; else its row stays `started`, and its text
        binding.

        An invalid unique index goes on refusing blue's duplicates: not left for later if it can be.
        """
        try:
            self.session.limit(f"statement_timeout = {CLEAR_MS}")
            clear(self.session, kind)
        except Refused:
            return False
        return True

    def _announce(self, task: Task) -> None:
        with self.session.transaction(*_LEDGER):
            self.ledger.fence()
            self.ledger.record(task, "started")

    def _limits(self, lock_timeout_ms: int) -> tuple[str, str]:
        left = self.deadline.left()
        self._by_transport = self.session.longest < left
        within = int(min(left, self.session.longest) * 1000)
        return f"lock_timeout = {lock_timeout_ms}", f"statement_timeout = {within}"

    def _failure(self, task: Task, refused: Refused) -> Exception:
        """The statement's end as an exception."""
        if task.statement.kind.transactional:
            self._note(task, refused)
        if refused.code == QUERY_CANCELED and "statement timeout" in refused.message:
            if self._by_transport:
                return MigrationFailed(
                    f"{task.statement.place()}: it was cancelled after {self.session.longest:.0f} "
                    "s, the longest that a statement in a transaction may take here; make it "
                    "smaller, move data by a backfill file, or let the migrator reach the database "
                    "in its VPC"
                )
            return OutOfTime(task.statement.place())
        help_ = remedy(refused.code, refused.message, self.session.login.user)
        return MigrationFailed(f"{task.statement.place(refused.position)}: {refused}{help_}")

    def _note(self, task: Task, refused: Refused) -> None:
        """Marks the row failed: it is known that nothing came of it, so another text may follow."""
        if task.replayed:
            return
        with self.session.transaction(*_LEDGER):
            self.ledger.fence()
            self.ledger.record(task, "failed", error=str(refused)[:1000])


def _milliseconds(since: float) -> float:
    return round((time.monotonic() - since) * 1000, 3)
