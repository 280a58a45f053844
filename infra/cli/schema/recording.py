"""What a role runs on a database, as pg_stat_statements has it, as files of `statements/`."""

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session, connect
from handlers.adapters.database.session import Refused, in_plain_words
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.statement_files import write_statement
from handlers.errors import GreenshiftError
from infra.cli.exits import Complaint
from infra.cli.schema.database_url import login_of

_RAN = """
SELECT ran.query FROM pg_stat_statements AS ran
JOIN pg_roles AS role ON role.oid = ran.userid
JOIN pg_database AS here ON here.oid = ran.dbid
WHERE role.rolname = :role AND here.datname = current_database()
GROUP BY ran.query ORDER BY sum(ran.calls) DESC, ran.query
"""
_KEPT = re.compile(r"\s*(select|insert|update|delete|merge|with|values|table)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_NOISE = frozenset({"from", "into", "set", "where", "and", "or", "returning", "values", "as", "on"})
_WORDS_OF_A_NAME = 4
_LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """The statements that can be prepared, and how many there were that cannot."""

    statements: tuple[BlueStatement, ...]
    passed_over: int


def record_statements(session: Session, role: str) -> Recorded:
    """Every query of `role` in this database, its constants as `$n`.

    What PostgreSQL cannot prepare once its constants are gone (an `interval $1`) is passed over and
    counted. Raises Refused where the extension is not there.
    """
    kept, passed_over = [], 0
    for sql in _queries(session, role):
        try:
            session.run(f"PREPARE greenshift_probe AS {sql}")
            session.run("DEALLOCATE greenshift_probe")
        except Refused:
            passed_over += 1
        else:
            kept.append(BlueStatement(name_of(sql), sql, role=role))
    return Recorded(tuple(kept), passed_over)


def write_recorded(folder: Path, url: str, role: str, code: int) -> tuple[int, int, int]:
    """Writes each statement to a file of its own; answers how many were written, were there
    already, and were passed over. Raises Complaint, which exits with `code`.
    """
    login, deadline = login_of(url, code), Deadline(time.monotonic() + _LONGEST_SECONDS)
    try:
        with in_plain_words(login), connect(login, deadline) as session:
            _see_statistics(session, code)
            recorded = record_statements(session, role)
    except GreenshiftError as error:
        raise Complaint(str(error), code) from error
    target = folder / "statements"
    target.mkdir(parents=True, exist_ok=True)
    written = 0
    for statement in recorded.statements:
        path = target / f"{statement.name}.sql"
        if not path.exists():
            path.write_text(write_statement(statement), "utf-8")
            written += 1
    return written, len(recorded.statements) - written, recorded.passed_over


def _see_statistics(session: Session, code: int) -> None:
    if not session.value("SELECT to_regclass('pg_stat_statements') IS NOT NULL"):
        raise Complaint(
            f"{session.login.place} has no pg_stat_statements: put it into "
            "shared_preload_libraries and run CREATE EXTENSION pg_stat_statements",
            code,
        )


def name_of(sql: str) -> str:
    """A name that says what the statement does, and is its own: `select_id_orders_1f2e3d4c`."""
    words = [word for word in _WORD.findall(sql.lower()) if word not in _NOISE]
    digest = hashlib.sha256(sql.encode()).hexdigest()[:8]
    return "_".join([*words[:_WORDS_OF_A_NAME], digest])


def _queries(session: Session, role: str) -> Iterator[str]:
    for (sql,) in session.run(_RAN, role=role):
        text = sql.strip().rstrip(";")
        if _KEPT.match(text) and ";" not in text:
            yield text
