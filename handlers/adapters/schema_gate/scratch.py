"""A scratch database: made on the server that it is given, and gone again whatever happens."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session, beside
from handlers.adapters.database.session import Refused
from handlers.domain.schema.gate.reach import Mode
from handlers.errors import MigrationFailed, TransientDatabase

PREFIX = "greenshift_scratch_"
LEFT_BEHIND_SECONDS = 3600
_NAME = re.compile(rf"{PREFIX}(?P<made>[0-9a-f]{{8}})[0-9a-f]{{12}}")
_DENIED = "42501"
_GONE = "3D000"
_OLD = """
SELECT datname, extract(epoch FROM now())::bigint FROM pg_database
WHERE starts_with(datname, 'greenshift_scratch_')
"""
_LIKE = """
SELECT pg_encoding_to_char(encoding), datcollate, datctype
FROM pg_database WHERE datname = current_database()
"""
_SETTINGS = """
SELECT split_part(said, '=', 1), substr(said, strpos(said, '=') + 1)
FROM pg_db_role_setting AS held CROSS JOIN unnest(held.setconfig) AS said
JOIN pg_database AS here ON here.oid = held.setdatabase
WHERE held.setrole = 0 AND here.datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class Scratch:
    """An empty database called `name`, a session with it, and the `home` session that made it."""

    name: str
    session: Session
    home: Session
    mode: Mode
    deadline: Deadline

    def limit(self) -> str:
        """How long a statement may run, as a setting: what is left of the time."""
        return f"statement_timeout = {int(self.deadline.left() * 1000)}"


@contextmanager
def scratch_database(home: Session, mode: Mode, deadline: Deadline) -> Iterator[Scratch]:
    """A new database in the encoding and with the settings of the session's own, dropped at the end
    with whoever is still connected.

    Those that gates left behind more than an hour ago are dropped first. Raises MigrationFailed
    with the ALTER ROLE that is missing, and TransientDatabase.
    """
    sweep(home)
    name = _make(home)
    try:
        if mode == "shared":
            _settle(home, name)
        with beside(home, deadline, name) as session:
            yield Scratch(name, session, home, mode, deadline)
    finally:
        with suppress(Refused, TransientDatabase):  # the next gate sweeps
            drop(home, name)


def sweep(home: Session) -> tuple[str, ...]:
    """Drops scratch databases older than an hour, by the server's clock; those that belong to
    somebody else stay. Answers their names.
    """
    gone: list[str] = []
    for name, now in home.run(_OLD):
        found = _NAME.fullmatch(name)
        if found is None or now - int(found["made"], 16) < LEFT_BEHIND_SECONDS:
            continue
        with suppress(Refused):
            drop(home, name)
            gone.append(name)
    return tuple(gone)


def drop(home: Session, name: str) -> None:
    """Drops a scratch database, sessions in it notwithstanding. Safe to repeat."""
    try:
        home.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    except Refused as refused:
        if refused.code != _GONE:
            raise


def _make(home: Session) -> str:
    now = int(home.value("SELECT extract(epoch FROM now())::bigint"))
    name = f"{PREFIX}{now:08x}{secrets.token_hex(6)}"
    encoding, collate, ctype = home.run(_LIKE)[0]
    try:
        # template0 is what nobody can be connected to, and has nothing of its own.
        home.run(
            f"""CREATE DATABASE "{name}" TEMPLATE template0 ENCODING '{encoding}'"""
            f" LC_COLLATE {_literal(collate)} LC_CTYPE {_literal(ctype)}"
        )
    except Refused as refused:
        if refused.code != _DENIED:
            raise
        raise MigrationFailed(
            f"{home.login.place}: the gate may not make a scratch database ({refused}); run: "
            f"ALTER ROLE {quoted(home.login.user)} CREATEDB"
        ) from refused
    return name


def _settle(home: Session, name: str) -> None:
    for setting, value in home.run(_SETTINGS):
        with suppress(Refused):  # some are a superuser's to set
            home.run(f'ALTER DATABASE "{name}" SET {quoted(setting)} TO {listed(setting, value)}')


def listed(setting: str, value: str) -> str:
    """A stored value as SET takes it: lists of names are stored with their quotes."""
    if setting in ("search_path", "temp_tablespaces", "session_preload_libraries"):
        return value or "''"
    return _literal(value)


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f" E'{escaped}'"
