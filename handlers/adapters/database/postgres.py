"""One session with PostgreSQL through pg8000, and its refusals in our words."""

import math
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from pg8000.exceptions import DatabaseError, Error
from pg8000.native import Connection

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.secrets import Login
from handlers.adapters.database.session import Refused, judge, pooled
from handlers.adapters.database.tls import secure
from handlers.domain.schema.sqlstate import UNKNOWN_SETTING, passes
from handlers.errors import MigrationFailed, TransientDatabase

CONNECT_SECONDS = 40.0
"""A paused Aurora cluster takes 15 seconds and more to resume, and holds the connection meanwhile.
"""


class Session:
    """A connection. What breaks it is raised as TransientDatabase, what PostgreSQL refuses as
    Refused.
    """

    longest = math.inf
    trip = 0.0

    def __init__(self, connection: Connection, transport: socket.socket, login: Login) -> None:
        self._connection, self._transport, self.login = connection, transport, login
        self.pid = int(self.value("SELECT pg_backend_pid()"))

    def run(self, sql: str, **parameters: object) -> list[list[Any]]:
        """Runs `sql`, with `:name` for each parameter, and answers its rows."""
        try:
            return self._connection.run(sql, **parameters) or []
        except DatabaseError as error:
            fields = _fields(error)
            if passes(fields.get("C", "")):
                raise TransientDatabase(f"{self.login.place}: {fields.get('M')}") from error
            raise Refused(fields) from error
        except (Error, OSError, ValueError) as error:
            what = f"{self.login.place}: the connection was lost ({error})"
            raise TransientDatabase(what) from error

    def value(self, sql: str, **parameters: object) -> Any:
        """The one value that `sql` answers, or None where it answers no row."""
        rows = self.run(sql, **parameters)
        return rows[0][0] if rows else None

    def read(self, sql: str, **parameters: object) -> list[list[Any]]:
        """The rows of a query, however many."""
        return self.run(sql, **parameters)

    @property
    def rows(self) -> int | None:
        """How many rows the last statement touched, where it tells."""
        count: int = self._connection.row_count
        return count if count >= 0 else None

    @property
    def columns(self) -> tuple[tuple[str, int], ...]:
        """Name and type's number of each column that the last statement answered."""
        return tuple((each["name"], each["type_oid"]) for each in self._connection.columns or ())

    def as_text(self) -> None:
        """From now on every value is answered as PostgreSQL writes it."""
        self._connection.pg_types.clear()

    @contextmanager
    def transaction(self, *settings: str) -> Iterator[None]:
        """A transaction in which the `settings` (`name = value`) hold; rolled back when anything is
        raised in it.
        """
        self.run(";".join(["BEGIN", *(f"SET LOCAL {setting}" for setting in settings)]))
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            with suppress(Refused, TransientDatabase):
                self.run("ROLLBACK")
            raise

    def fresh(self) -> None:
        """Forgets what a migration has set. The server then looks every half second whether we
        still live, so that a statement whose migrator died does not run on; servers before 14
        cannot.
        """
        self.run("RESET ALL")
        try:
            self.run("SET client_connection_check_interval = '500ms'")
        except Refused as refused:
            if refused.code not in UNKNOWN_SETTING:
                raise

    def keep(self, sql: str) -> None:
        """Makes a SET or RESET that lasts until `fresh`."""
        self.run(sql)

    def limit(self, *settings: str) -> None:
        """Makes settings for what runs outside a transaction."""
        for setting in settings:
            self.run(f"SET {setting}")

    def alone(self, sql: str) -> bool:
        """Runs a statement outside any transaction, to its end."""
        self.run(sql)
        return True

    def settle(self, sql: str) -> None:
        """Nothing is to be waited for: a statement ends with the session that began it."""

    def patience(self, seconds: float) -> None:
        """How long the network may be silent: longer than any statement may run."""
        self._transport.settimeout(seconds)

    def close(self) -> None:
        """Ends the session; its locks go with it."""
        with suppress(Error, OSError):
            self._connection.close()


@contextmanager
def connect(login: Login, deadline: Deadline) -> Iterator[Session]:
    """A session with the writer, whatever a pooler between us would hide seen to.

    Raises TransientDatabase when the database cannot be reached for the moment, MigrationFailed
    when the login is refused, the server is too old, only reads, or sits behind a pooler.
    """
    session = _open(login, deadline)
    try:
        judge(session)
        _refuse_pooler(session, deadline)
        session.fresh()
        session.patience(deadline.left() + 10)
        yield session
    finally:
        session.close()


@contextmanager
def beside(session: Session, deadline: Deadline, name: str = "") -> Iterator[Session]:
    """A further session with the server of one that was judged already, on its database or on the
    one of this name.

    Raises TransientDatabase or MigrationFailed.
    """
    login = replace(session.login, name=name or session.login.name)
    other = _open(login, deadline)
    try:
        other.patience(deadline.left() + 10)
        yield other
    finally:
        other.close()


def _open(login: Login, deadline: Deadline) -> Session:
    within = min(CONNECT_SECONDS, deadline.left())
    try:
        transport = socket.create_connection((login.host, login.port), within)
    except OSError as error:
        raise TransientDatabase(f"{login.place} cannot be reached: {error}") from error
    try:
        transport.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if login.tls:
            transport = secure(transport, login.host, login.place)
        return Session(_log_in(login, transport), transport, login)
    except BaseException:
        transport.close()
        raise


def _log_in(login: Login, transport: socket.socket) -> Connection:
    try:
        return Connection(
            login.user,
            database=login.name,
            password=login.password,
            sock=transport,
            ssl_context=False,
            application_name="greenshift-migrator",
            startup_params={"client_encoding": "UTF8"},
        )
    except DatabaseError as error:
        fields = _fields(error)
        if passes(fields.get("C", "")):
            raise TransientDatabase(f"{login.place}: {fields.get('M')}") from error
        raise MigrationFailed(
            f"{login.place} refused the login of {login.user} by {login.source}: "
            f"{fields.get('M')}; correct it"
        ) from error
    except (Error, OSError) as error:
        raise TransientDatabase(f"{login.place} broke off the login ({error})") from error


def _refuse_pooler(session: Session, deadline: Deadline) -> None:
    """While a second session holds a transaction, the first one's statements must still go to its
    own server process: a pooler that hands processes from transaction to transaction would lose our
    locks and settings.
    """
    other = _open(session.login, deadline)
    try:
        with other.transaction():
            inside = other.value("SELECT pg_backend_pid()")
            now = session.value("SELECT pg_backend_pid()")
    finally:
        other.close()
    if now != session.pid or inside in (session.pid, now):
        raise MigrationFailed(pooled(session.login))


def _fields(error: DatabaseError) -> Mapping[str, str]:
    found = error.args[0] if error.args else {}
    return found if isinstance(found, Mapping) else {"M": str(error)}
