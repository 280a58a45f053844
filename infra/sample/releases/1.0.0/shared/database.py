"""One connection for each execution environment, and the statements of the release by name."""

import contextlib
import functools
import json
import os
import re
import ssl
from pathlib import Path
from typing import Any

import boto3
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

_STATEMENTS = Path(__file__).parent / "statements"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_CLOSED_BY_SERVER = ("08", "57P")
_PATIENCE_SECONDS = 3


def run(name: str, *values: object) -> list[list[Any]]:
    """Runs `statements/<name>.sql` and answers its rows.

    Where the connection turns out to be broken, runs it once more on a new one: every statement
    may be run twice. Raises what pg8000 raises.
    """
    try:
        return _session().run(name, values)
    except (InterfaceError, OSError):
        _forget()
    except DatabaseError as error:
        if not _code(error).startswith(_CLOSED_BY_SERVER):
            raise
        _forget()
    return _session().run(name, values)


class _Session:
    """A connection and the statements that were prepared on it."""

    def __init__(self) -> None:
        self.connection = _connect()
        self._prepared: dict[str, Any] = {}

    def run(self, name: str, values: tuple[object, ...]) -> list[list[Any]]:
        if name not in self._prepared:
            self._prepared[name] = self.connection.prepare(_text(name))
        numbered = {f"v{number}": value for number, value in enumerate(values, start=1)}
        return self._prepared[name].run(**numbered) or []


_sessions: list[_Session] = []  # one, or none yet


def _session() -> _Session:
    if not _sessions:
        _sessions.append(_Session())
    return _sessions[0]


def _forget() -> None:
    while _sessions:
        with contextlib.suppress(Exception):
            _sessions.pop().connection.close()


def _connect() -> Connection:
    # Asked for at each connection, because passwords rotate.
    secrets = boto3.client("secretsmanager")
    answer = secrets.get_secret_value(SecretId=os.environ["DATABASE_SECRET"])
    secret = json.loads(answer["SecretString"])
    return Connection(
        secret["username"],
        host=secret["host"],
        port=int(secret.get("port", 5432)),
        database=secret["dbname"],
        password=secret["password"],
        timeout=_PATIENCE_SECONDS,
        ssl_context=_tls(secret),
        application_name=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "orders"),
    )


def _tls(secret: dict[str, Any]) -> ssl.SSLContext | bool:
    """Verified TLS, except where the secret turns it off for this very machine.

    DATABASE_CA names a file with the authorities that RDS signs with.
    """
    if secret.get("sslmode") == "disable" and secret["host"] in _LOOPBACK:
        return False
    return ssl.create_default_context(cafile=os.environ.get("DATABASE_CA"))


@functools.cache
def _text(name: str) -> str:
    """The statement; pg8000 names the parameters that PostgreSQL and the files number."""
    text = (_STATEMENTS / f"{name}.sql").read_text()
    text = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE).strip().rstrip(";")
    return re.sub(r"\$(\d+)", r":v\1", text)


def _code(error: DatabaseError) -> str:
    said = error.args[0] if error.args else None
    return str(said.get("C", "")) if isinstance(said, dict) else ""
