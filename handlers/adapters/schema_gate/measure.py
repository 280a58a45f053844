"""Pending statements run on a scratch database as the runner would run them, and measured."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.adapters.database.backfill.keys import Keys
from handlers.adapters.database.session import Refused
from handlers.adapters.schema_gate.replay import Replay
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.gate.measured import Measured, strongest
from handlers.domain.schema.sqlstate import IN_TRANSACTION_ONLY_OUTSIDE, remedy
from handlers.domain.schema.statements import Statement
from handlers.errors import MigrationFailed

_NAMES = """
SELECT class.oid::bigint, format('%s.%s', space.nspname, class.relname),
       class.relkind::text
FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname !~ '^pg_' AND space.nspname NOT IN ('information_schema', 'greenshift')
"""
_STORAGE = "SELECT oid::bigint, pg_relation_filenode(oid)::bigint FROM pg_class WHERE oid >= 16384"
_LOCKS = """
SELECT relation::bigint, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND granted AND locktype = 'relation'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_SCANS = """
SELECT relid::bigint, coalesce(seq_scan, 0) + coalesce(idx_scan, 0),
       (SELECT count(*) FROM pg_index WHERE indrelid = relid)
FROM pg_stat_xact_user_tables
"""


@dataclass(slots=True)
class Bench:
    """Measures statements against the relations that there are when it is made."""

    replay: Replay
    _names: dict[int, str] = field(init=False)
    _tables: frozenset[str] = field(init=False)
    _materialized: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        rows = self.replay.session.run(_NAMES)
        self._names = {oid: name for oid, name, _ in rows}
        self._tables = frozenset(name for _, name, kind in rows if kind in ("r", "p", "m"))
        self._materialized = frozenset(name for _, name, kind in rows if kind == "m")

    def measure(self, statement: Statement) -> Measured:
        """Runs the statement, for good. What PostgreSQL refuses is in the answer; a role that is
        missing on a throw-away server is made, and the statement run again.

        Raises TransientDatabase when the session is lost.
        """
        text = self.replay.text(statement)
        if text is None:
            return Measured(statement=statement, tried=False)
        before = self._storage()
        began = time.monotonic()
        try:
            seen = self._run(statement, text, before)
        except Refused as refused:
            if self.replay.there_already(text, refused):
                return Measured(statement=statement)
            if self.replay.provide(refused):
                return self.measure(statement)
            help_ = remedy(refused.code, refused.message, self.replay.session.login.user)
            place = statement.place(refused.position)
            return Measured(statement=statement, failed=f"{place}: {refused}{help_}")
        if not seen.tried:
            return Measured(statement=statement, tried=False)
        milliseconds = round((seen.ended - began) * 1000, 3)
        after = self._storage()
        changed = [oid for oid, node in before.items() if after.get(oid, node) != node]
        return Measured(
            statement=statement,
            milliseconds=milliseconds,
            locks=seen.locks,
            rewritten=tuple(sorted(self._names[oid] for oid in changed if oid in self._names)),
            scanned=tuple(sorted(seen.scanned)),
            tables=self._tables,
            materialized=self._materialized,
            outside=seen.outside,
        )

    def measure_backfill(self, backfill: Backfill) -> Measured:
        """Runs the backfill as one batch of every key that scratch has; where there is none, the
        statement is planned alone.
        """
        statement = backfill.keyset.statement
        try:
            keys = Keys.of(self.replay.session, backfill)
        except MigrationFailed as error:
            return Measured(statement=statement, failed=str(error))
        lowest, highest = keys.ends()
        bound = replace(statement, text=backfill.keyset.bound(lowest, highest, first=True))
        return replace(self.measure(bound), statement=statement)

    def _run(self, statement: Statement, text: str, storage: Mapping[int, Any]) -> "_Seen":
        session = self.replay.session
        if statement.kind.transactional:
            try:
                return self._inside(text, storage, guarded=text == statement.text)
            except Refused as refused:
                if refused.code != IN_TRANSACTION_ONLY_OUTSIDE:
                    raise
        session.run(f"SET {self.replay.scratch.limit()}")
        session.run(text)
        return _Seen(outside=True)

    def _inside(self, text: str, storage: Mapping[int, Any], *, guarded: bool) -> "_Seen":
        session = self.replay.session
        with session.transaction(self.replay.scratch.limit()):
            # Counts of earlier transactions are in it too, until the server has taken them in.
            scans = {oid: times for oid, times, _ in session.run(_SCANS)}
            session.run(text)
            seen = _Seen()
            if guarded and self.replay.beyond():
                session.run("ROLLBACK")
                return _Seen(tried=False)
            for oid, mode in session.run(_LOCKS):
                if name := self._names.get(oid):
                    seen.locks[name] = strongest(seen.locks, name, mode.removesuffix("Lock"))
            now = self._storage()
            for oid, times, indexes in session.run(_SCANS):
                # A table that is made anew is read once more for each of its indexes.
                rebuilt = indexes if now.get(oid) != storage.get(oid) else 0
                if oid in self._names and times - scans.get(oid, 0) > rebuilt:
                    seen.scanned.add(self._names[oid])
        return seen

    def _storage(self) -> Mapping[int, Any]:
        return dict(self.replay.session.run(_STORAGE))


@dataclass(slots=True)
class _Seen:
    locks: dict[str, str] = field(default_factory=dict)
    scanned: set[str] = field(default_factory=set)
    outside: bool = False
    tried: bool = True
    ended: float = field(default_factory=time.monotonic)
