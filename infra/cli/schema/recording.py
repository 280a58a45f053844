"""What a role runs on a database, as pg_stat_statements has it, as files of `statements/`."""

import time
from pathlib import Path

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session, connect
from handlers.adapters.database.session import in_plain_words
from handlers.adapters.schema_gate.running_statements import has_statistics, running_statements
from handlers.domain.schema.gate.statement_files import write_statement
from handlers.errors import GreenshiftError
from infra.cli.exits import Complaint
from infra.cli.schema.database_url import login_of

_LONGEST_SECONDS = 120.0


def write_recorded(folder: Path, url: str, role: str, code: int) -> tuple[int, int, int]:
    """Writes each statement to a file of its own; answers how many were written, were there
    already, and were passed over. Raises Complaint, which exits with `code`.
    """
    login, deadline = login_of(url, code), Deadline(time.monotonic() + _LONGEST_SECONDS)
    try:
        with in_plain_words(login), connect(login, deadline) as session:
            _see_statistics(session, code)
            recorded = running_statements(session, role)
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
    if not has_statistics(session):
        raise Complaint(
            f"{session.login.place} has no pg_stat_statements: put it into "
            "shared_preload_libraries and run CREATE EXTENSION pg_stat_statements",
            code,
        )
