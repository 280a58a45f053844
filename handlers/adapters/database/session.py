"""What applying statements needs of a database, whichever way its bytes go, and its refusals in our
words.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from handlers.domain.schema.sqlstate import lock_was_busy, remedy
from handlers.errors import MigrationFailed, TransientDatabase

_OLDEST = 130000


class Refused(Exception):
    """PostgreSQL refused a statement and the session goes on; `position` is a character of it, from
    1.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.code, self.message = fields.get("C", "XX000"), fields.get("M", "no message")
        self.position = int(fields["P"]) if fields.get("P", "").isdigit() else None
        super().__init__(f"{self.message} (SQLSTATE {self.code})")


class AnswerLost(Exception):
    """Nobody knows whether a transaction was committed; the statement ledger does."""


class StillRuns(Exception):
    """A statement goes on although the migrator's time is over; the next invocation sees its
    end.
    """


class Place(Protocol):
    """Where the database is and who we are there."""

    @property
    def place(self) -> str:
        """`db.example:5432/orders`, for a sentence."""

    @property
    def user(self) -> str:
        """The role that we log in as."""


class Session(Protocol):
    """A way to run statements. What breaks it is raised as TransientDatabase, what PostgreSQL
    refuses as Refused.
    """

    longest: float
    """The seconds that a statement in a transaction may take at most."""

    @property
    def trip(self) -> float:
        """The seconds that a call is under way without any work of the database's; 0.0 where it
        does not count.
        """

    @property
    def login(self) -> Place:
        """Where the statements go."""

    @property
    def pid(self) -> int | None:
        """The one server process that runs them all; None where each transaction may have another,
        so that no lock outlasts one.
        """

    @property
    def rows(self) -> int | None:
        """How many rows the last statement touched, where it tells."""

    def run(self, sql: str, **parameters: object) -> list[list[Any]]:
        """Runs one statement, with `:name` for each parameter, and answers its rows."""

    def value(self, sql: str, **parameters: object) -> Any:
        """The one value that `sql` answers, or None where it answers no row."""

    def read(self, sql: str, **parameters: object) -> list[list[Any]]:
        """The rows of a query, however many."""

    def transaction(self, *settings: str) -> AbstractContextManager[None]:
        """A transaction in which the `settings` (`name = value`) hold; rolled back when anything is
        raised in it. Raises AnswerLost when its commit may or may not have been made.
        """

    def keep(self, sql: str) -> None:
        """Makes a SET or RESET that lasts until `fresh`."""

    def fresh(self) -> None:
        """Forgets what a migration has set."""

    def limit(self, *settings: str) -> None:
        """Makes settings for what runs outside a transaction, where the way there allows it."""

    def alone(self, sql: str) -> bool:
        """Runs a statement outside any transaction; whether its end was seen, not only that it has
        ended.

        Raises StillRuns when it goes on and the time is over.
        """

    def settle(self, sql: str) -> None:
        """Returns when this statement, which an earlier migrator began outside a transaction, runs
        no longer. Raises StillRuns when it goes on and the time is over.
        """


@contextmanager
def in_plain_words(login: Place) -> Iterator[None]:
    """Raises a refusal that belongs to no statement of a migration as TransientDatabase or
    MigrationFailed.
    """
    try:
        yield
    except AnswerLost as lost:
        raise TransientDatabase(str(lost)) from lost
    except Refused as refused:
        if lock_was_busy(refused.code):
            raise TransientDatabase(f"{login.place}: {refused}") from refused
        help_ = remedy(refused.code, refused.message, login.user)
        raise MigrationFailed(f"{login.place}: {refused}{help_}") from refused


def judge(session: Session) -> None:
    """Raises MigrationFailed for a server on which migrations cannot be applied."""
    version, reads_only = session.run(
        "SELECT current_setting('server_version_num')::int, pg_is_in_recovery()"
    )[0]
    judge_server(session.login.place, version, reads_only)


def judge_server(place: str, version: int, reads_only: bool) -> None:
    """Raises MigrationFailed for a server on which migrations cannot be applied."""
    if version < _OLDEST:
        raise MigrationFailed(
            f"{place} is PostgreSQL {version // 10000}; upgrade it to 13 or later"
        )
    if reads_only:
        raise MigrationFailed(f"{place} only reads; give the migrator the writer's endpoint")


def pooled(login: Place) -> str:
    """The sentence for a session that turned out to be none."""
    return (
        f"{login.place} is a pooler that shares server processes between sessions; "
        "give the migrator the endpoint of the writer itself"
    )
