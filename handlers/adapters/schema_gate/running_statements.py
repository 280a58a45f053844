"""What a role runs on a database, as pg_stat_statements has it: queries with `$n` for their
constants.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from handlers.adapters.database.session import Refused, Session
from handlers.adapters.schema_gate.scratch import quoted
from handlers.domain.schema.gate.blue_statement import BlueStatement

_RAN = """
SELECT ran.query FROM pg_stat_statements AS ran
JOIN pg_roles AS role ON role.oid = ran.userid
JOIN pg_database AS here ON here.oid = ran.dbid
WHERE role.rolname = :role AND here.datname = current_database()
  AND ran.query NOT LIKE '%pg_stat_statements%'
GROUP BY ran.query ORDER BY sum(ran.calls) DESC, ran.query
"""
_KEPT = re.compile(r"\s*(select|insert|update|delete|merge|with|values|table)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_NOISE = frozenset({"from", "into", "set", "where", "and", "or", "returning", "values", "as", "on"})
_WORDS_OF_A_NAME = 4
_MOST_IN_A_DEPLOYMENT = 200
"""Each is tried before and after every pending statement, while the migrator's time runs."""


@dataclass(frozen=True, slots=True)
class Running:
    """The statements that can be prepared, most called first, and how many there were that
    cannot.
    """

    statements: tuple[BlueStatement, ...]
    passed_over: int


def has_statistics(session: Session) -> bool:
    """Whether the extension is there to be read."""
    return bool(session.value("SELECT to_regclass('pg_stat_statements') IS NOT NULL"))


def running_statements(session: Session, role: str, *, most: int | None = None) -> Running:
    """The queries of `role` in this database, `most` of them.

    What PostgreSQL cannot prepare once its constants are gone (an `interval $1`) is passed over and
    counted. Raises Refused where the extension is not there, or may not be read.
    """
    kept: list[BlueStatement] = []
    passed_over = 0
    for sql in _queries(session, role):
        if len(kept) == most:
            break
        try:
            session.run(f"PREPARE greenshift_probe AS {sql}")
            session.run("DEALLOCATE greenshift_probe")
        except Refused:
            passed_over += 1
        else:
            kept.append(BlueStatement(name_of(sql), sql, role=role))
    return Running(tuple(kept), passed_over)


def running_beside(
    session: Session, known: Sequence[BlueStatement], role: str | None
) -> tuple[BlueStatement, ...]:
    """What `role` runs most and is not `known` from blue's bundle; nothing where that cannot be
    seen. It asks as the role itself, which may always see its own.
    """
    if role is None or not has_statistics(session):
        return ()
    told = {_words(each.sql) for each in known}
    with suppress(Refused):
        session.run(f"SET ROLE {quoted(role)}")
        try:
            found = running_statements(session, role, most=_MOST_IN_A_DEPLOYMENT).statements
        finally:
            session.run("RESET ROLE")
        return tuple(each for each in found if _words(each.sql) not in told)
    return ()


def name_of(sql: str) -> str:
    """A name that says what the statement does, and is its own: `select_id_orders_1f2e3d4c`."""
    words = [word for word in _WORD.findall(sql.lower()) if word not in _NOISE]
    digest = hashlib.sha256(sql.encode()).hexdigest()[:8]
    return "_".join([*words[:_WORDS_OF_A_NAME], digest])


def _words(sql: str) -> str:
    return " ".join(sql.split()).rstrip("; ")


def _queries(session: Session, role: str) -> Iterator[str]:
    for (sql,) in session.run(_RAN, role=role):
        text = sql.strip().rstrip(";")
        if _KEPT.match(text) and ";" not in text:
            yield text
