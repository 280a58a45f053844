"""The migration history replayed on a scratch database, a file at a time."""

import re
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from handlers.adapters.database.postgres import Session
from handlers.adapters.database.session import Refused
from handlers.adapters.schema_gate.scratch import Scratch, quoted
from handlers.domain.schema.gate.reach import is_tried, made_role, on_scratch
from handlers.domain.schema.history import Migration
from handlers.domain.schema.sqlstate import IN_TRANSACTION_ONLY_OUTSIDE
from handlers.domain.schema.statements import Statement
from handlers.errors import MigrationFailed

_NO_SUCH_OBJECT, _NO_SUCH_DATABASE = "42704", "3D000"
_ROLE_THERE, _DATABASE_THERE = "42710", "42P04"
_ROLE_MISSING = re.compile(r'role "(?P<role>.+)" does not exist')
_QUICK = "synchronous_commit = off"
_SHARED_ROWS = """
SELECT EXISTS (SELECT FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation' AND database = 0
      AND mode = 'RowExclusiveLock' AND relation IN (
        'pg_authid'::regclass, 'pg_auth_members'::regclass, 'pg_db_role_setting'::regclass,
        'pg_database'::regclass, 'pg_tablespace'::regclass, 'pg_subscription'::regclass))
  OR EXISTS (SELECT FROM pg_database
    WHERE xmin::text = (pg_current_xact_id_if_assigned()::text::bigint % 4294967296)::text)
"""


@dataclass(slots=True)
class Replay:
    """`untried` are the statements that were left out because they reach beyond the database."""

    scratch: Scratch
    untried: list[Statement] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The session with the scratch database."""
        return self.scratch.session

    def run(self, history: Iterable[Migration]) -> float:
        """Applies every file; answers the milliseconds it took.

        Raises MigrationFailed with file and line for what does not apply to a database that has
        only the files before it.
        """
        began = time.monotonic()
        for migration in history:
            if not self._at_once(migration.statements):
                self._one_by_one(migration)
        return (time.monotonic() - began) * 1000

    def text(self, statement: Statement) -> str | None:
        """What is run for the statement, None where nothing is."""
        if said := on_scratch(statement.text, self.scratch.name):
            return said
        return statement.text if is_tried(statement.text, self.scratch.mode) else None

    def beyond(self) -> bool:
        """Whether the open transaction would change something outside of the database, on a server
        that is not ours alone; code in strings can.
        """
        return self.scratch.mode == "shared" and bool(self.session.value(_SHARED_ROWS))

    def provide(self, refused: Refused) -> bool:
        """Makes the role that a statement of a throw-away server's asked for in vain."""
        found = _ROLE_MISSING.search(refused.message)
        if self.scratch.mode != "own" or refused.code != _NO_SUCH_OBJECT or not found:
            return False
        with suppress(Refused):
            self.scratch.home.run(f"CREATE ROLE {quoted(found['role'])} NOLOGIN")
            return True
        return False

    @staticmethod
    def there_already(text: str, refused: Refused) -> bool:
        """Whether the cluster has the role or database from an earlier use of it."""
        role = made_role(text) and refused.code == _ROLE_THERE
        return bool(role) or refused.code == _DATABASE_THERE

    def _at_once(self, statements: Sequence[Statement]) -> bool:
        """Applies a whole file in one transaction; False when it does not go that way, and then it
        has done nothing.
        """
        said = [self.text(statement) for statement in statements]
        if not all(said) or not all(each.kind.transactional for each in statements):
            return False
        try:
            begin = f"BEGIN;RESET ALL;SET LOCAL {_QUICK};SET LOCAL {self.scratch.limit()}"
            self.session.run(";\n".join([begin, *(text for text in said if text)]))
            if not self.beyond():
                self.session.run("COMMIT")
                return True
        except Refused as refused:
            self.session.run("ROLLBACK")
            return self.provide(refused) and self._at_once(statements)
        self.session.run("ROLLBACK")
        return False

    def _one_by_one(self, migration: Migration) -> None:
        self.session.run("RESET ALL")
        for statement in migration.statements:
            if not self.apply(statement):
                self.untried.append(statement)

    def apply(self, statement: Statement) -> bool:
        """Applies one statement of the history; False when it was left out."""
        text = self.text(statement)
        if text is None:
            return False
        try:
            return self._once(statement, text)
        except Refused as refused:
            if self.there_already(text, refused):
                return True
            if self.provide(refused):
                return self.apply(statement)
            if refused.code == _NO_SUCH_DATABASE or _makes_extension(text):
                return False  # what stands on it says so by itself
            raise MigrationFailed(
                f"{statement.place(refused.position)}: it is applied, but an empty database with "
                f"the files before it refuses it: {refused}; the history must make the whole "
                "schema, add what is missing to it"
            ) from refused

    def _once(self, statement: Statement, text: str) -> bool:
        if statement.kind.transactional:
            try:
                return self._inside(text, guarded=text == statement.text)
            except Refused as refused:
                if refused.code != IN_TRANSACTION_ONLY_OUTSIDE:
                    raise
        self.session.run(f"SET {self.scratch.limit()}")
        self.session.run(text)
        return True

    def _inside(self, text: str, *, guarded: bool) -> bool:
        with self.session.transaction(_QUICK, self.scratch.limit()):
            self.session.run(text)
            if not (guarded and self.beyond()):
                return True
            self.session.run("ROLLBACK")
        return False


def _makes_extension(text: str) -> bool:
    return text.upper().split()[:2] == ["CREATE", "EXTENSION"]
