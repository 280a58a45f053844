"""Statements through the RDS Data API: no network of our own, no session, 45 seconds a call.

Each transaction may have another server process, so settings are made in each, and only rows keep
other migrators out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from handlers.adapters.database.data_api.calls import Calls
from handlers.adapters.database.data_api.errors import TimedOut
from handlers.adapters.database.data_api.outside import refuse_unfit, wait_for_end
from handlers.adapters.database.data_api.values import rows_of, with_parameters
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.secrets import Cluster
from handlers.adapters.database.session import Refused, judge
from handlers.domain.schema.local_settings import LocalSetting, local_setting
from handlers.errors import MigrationFailed, TransientDatabase

LONGEST_SECONDS = 40.0
"""What a statement in a transaction gets: the Data API ends a call after 45 s."""
LONGEST_SQL = 65_536
_PAGE = 1000
_QUOTE = "'"
_NO_SESSION = "the Data API has no session whose characteristics could be set; take it out"


class DataApiSession:
    """The Data API as a session. What breaks it is raised as TransientDatabase, what PostgreSQL
    refuses as Refused.
    """

    longest = LONGEST_SECONDS
    pid: int | None = None

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._transaction: str | None = None
        self._kept: list[LocalSetting] = []
        self._rows: int | None = None

    @property
    def trip(self) -> float:
        """The seconds that the quickest call took: no statement runs in less."""
        return self._calls.quickest

    @property
    def login(self) -> Cluster:
        """Where the statements go."""
        return self._calls.cluster

    @property
    def rows(self) -> int | None:
        """How many rows the last statement touched, where it tells."""
        return self._rows

    def run(self, sql: str, **parameters: object) -> list[list[Any]]:
        """Runs one statement, with `:name` for each parameter, and answers its rows. Outside a
        transaction it is committed by itself.
        """
        return self._run(sql, parameters)

    def value(self, sql: str, **parameters: object) -> Any:
        """The one value that `sql` answers, or None where it answers no row."""
        rows = self.run(sql, **parameters)
        return rows[0][0] if rows else None

    def read(self, sql: str, **parameters: object) -> list[list[Any]]:
        """The rows of an ordered query, page by page: an answer holds 1 MB at most."""
        found: list[list[Any]] = []
        while len(found) % _PAGE == 0:
            page = f"SELECT * FROM ({sql}) AS page LIMIT {_PAGE} OFFSET {len(found)}"  # noqa: S608
            rows = self.run(page, **parameters)
            found += rows
            if not rows:
                break
        return found

    @contextmanager
    def transaction(self, *settings: str) -> Iterator[None]:
        """A transaction in which the `settings`, and what the file has set, hold; rolled back when
        anything is raised in it. Raises AnswerLost when its commit may or may not have been made.
        """
        self._transaction = self._calls.begin()
        try:
            self._make(settings)
            yield
            self._calls.commit(self._transaction)
        except BaseException:
            # Also after a commit that may not have arrived: its locks would stay.
            with suppress(Refused, TransientDatabase, MigrationFailed):
                self._calls.roll_back(self._transaction)
            raise
        finally:
            self._transaction = None

    def keep(self, sql: str) -> None:
        """Makes a SET or RESET in the open transaction, and in each that follows until `fresh`."""
        setting = local_setting(sql)
        if setting is None:
            raise Refused({"C": "0A000", "M": _NO_SESSION})
        if self._transaction and setting.sql:
            self.run(setting.sql)
        if setting.forgets:
            self._kept.clear()
        elif setting.lasts:
            self._kept.append(setting)

    def fresh(self) -> None:
        """Forgets what a migration has set."""
        self._kept.clear()

    def limit(self, *settings: str) -> None:
        """Nothing is set outside a transaction: the next call may have another server process."""

    def alone(self, sql: str) -> bool:
        """Runs a statement by itself, also for longer than a call takes; False when it ended
        unseen.

        Raises Refused for one that would lock a table for as long as it likes, or that stands on
        what the file has set.
        """
        refuse_unfit(sql, self._kept)
        try:
            self._run(sql, {}, go_on=True)
        except TimedOut:
            self.settle(sql)
            return False
        return True

    def settle(self, sql: str) -> None:
        """Returns when this statement, which we or an earlier migrator began outside a
        transaction, runs no longer. Raises StillRuns when it goes on and the time is over.
        """
        wait_for_end(self, sql, self._calls.deadline)

    def _make(self, settings: tuple[str, ...]) -> None:
        for setting in self._kept:
            self.run(setting.sql)
        pairs = [setting.split(" = ", 1) for setting in settings]
        if pairs:
            made = (f"set_config('{name}', '{value.strip(_QUOTE)}', true)" for name, value in pairs)
            self.run(f"SELECT {', '.join(made)}")

    def _run(
        self, sql: str, parameters: dict[str, object], *, go_on: bool = False
    ) -> list[list[Any]]:
        if len(sql) > LONGEST_SQL:
            what = f"it has {len(sql):,} characters, and the Data API takes {LONGEST_SQL:,}"
            raise Refused({"C": "0A000", "M": f"{what}; split it"})
        text, fields = with_parameters(sql, parameters)
        answer = self._calls.execute(text, fields, transaction=self._transaction, go_on=go_on)
        rows = rows_of(answer)
        self._rows = len(rows) if "records" in answer else _touched(sql, answer)
        return rows


def _touched(sql: str, answer: Mapping[str, Any]) -> int | None:
    # DDL answers 0 as well, which would look like a count.
    counts = sql.split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH")
    return answer.get("numberOfRecordsUpdated") if counts else None


@contextmanager
def connect(cluster: Cluster, deadline: Deadline) -> Iterator[DataApiSession]:
    """A session with the writer of the cluster, which is woken when it is paused.

    Raises TransientDatabase when the cluster cannot be reached for the moment, MigrationFailed when
    the Data API refuses us or the server is too old or only reads.
    """
    session = DataApiSession(Calls(cluster, deadline))
    judge(session)
    yield session
