"""MigrateSchema: the release's expand migrations, in order, each statement once; for a contract,
its contract migrations. Backfill files are left.

It runs in the service's own network and needs nothing but the document, the bundle and the
database: what fences it is the token in the database itself.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from handlers.adapters.aws import client
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migration_sources import read_migrations
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.postgres import Session, connect, in_plain_words
from handlers.adapters.database.secrets import find_login, has_database
from handlers.adapters.database.statement_runner import OutOfTime, StatementRunner
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.bundle.migration_files import Part
from handlers.domain.document import Document
from handlers.domain.messages import Schema
from handlers.domain.schema.applied import SHAPING, applied, left_of
from handlers.domain.schema.history import Migration, Task, outstanding
from handlers.domain.schema.progress import nothing, progress
from handlers.domain.schema.ready import judge_ready, left_a_trace
from handlers.errors import (
    GreenshiftError,
    MigrationChanged,
    MigrationFailed,
    MigrationRefused,
    NothingContracted,
    SchemaDrifted,
)

ENOUGH_SECONDS = 120.0
"""With less of the invocation left, the next statement gets a new one, and all the time that a
statement can have.
"""

Files = Mapping[Part, tuple[Migration, ...]]

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `schema` out."""
    return answer(migrate_schema, event, Deadline.of(context), log=logger)


def migrate_schema(document: Document, deadline: Deadline) -> Schema:
    """Applies what the database does not have yet; done, or `again` when the invocation's time runs
    out.

    Raises MigrationFailed, MigrationChanged, ClaimLost or TransientDatabase. What was applied
    before that stays: a repetition goes on after the last statement that was committed. A contract
    that fails before any statement of it took effect raises NothingContracted.
    """
    part: Part = "contract" if document.planned.contracts else "expand"
    if not has_database(os.environ):
        if part == "contract":
            raise NothingContracted(
                "the service has no database, so nothing can be contracted; declare the database "
                "in its stack"
            )
        return nothing("the service has no database")
    _refuse_others(document)
    if part == "contract":
        return _contract(document, deadline)
    files = _files(document, part)
    if not any(migration.statements for migration in files[part]):
        return nothing(f"the release has no {part} migrations", part)
    with _at_work(document, deadline) as (session, ledger):
        return _migrate(document, files, part, StatementRunner(session, ledger, deadline))


def _contract(document: Document, deadline: Deadline) -> Schema:
    """The files are read with the database at hand: where they cannot be, it can be said that
    nothing was contracted.
    """
    with _at_work(document, deadline) as (session, ledger):
        files: Files = {}
        try:
            files = _files(document, "expand", "backfill", "contract")
            runner = StatementRunner(session, ledger, deadline)
            return _migrate(document, files, "contract", runner)
        except (MigrationFailed, MigrationChanged, MigrationRefused, SchemaDrifted) as error:
            migrations = files.get("contract", ())
            _say_if_nothing_was_contracted(document, migrations, session, ledger, error)
            raise


@contextmanager
def _at_work(document: Document, deadline: Deadline) -> Iterator[tuple[Session, StatementLedger]]:
    """A session in which no other migrator of the service works, and no later deployment did."""
    login = find_login(os.environ, client)
    with in_plain_words(login), connect(login, deadline) as session:
        ledger = _ledger(document, session)
        ledger.exclude_others(deadline)
        ledger.prepare()
        with session.transaction("lock_timeout = '5s'"):
            ledger.fence()
        yield session, ledger


def _migrate(
    document: Document,
    files: Files,
    part: Part,
    runner: StatementRunner,
) -> Schema:
    tasks, gate = _accepted(document, files, part, runner)
    rest = _apply(tasks, runner)
    return progress(
        files[part],
        runner.ledger.entries(part),
        deployment=document.planned.id,
        longest_ms=max(
            runner.longest_ms, document.schema.longest_lock_ms if document.schema else 0.0
        ),
        rest=rest,
        gate=gate,
        part=part,
    )


def _refuse_others(document: Document) -> None:
    ours = os.environ["GREENSHIFT_SERVICE"]
    if {document.service, document.planned.service} != {ours}:
        raise MigrationFailed(
            f"this migrator serves {ours}, and the execution is of {document.planned.service}; "
            "start the release on its own service's state machine"
        )


def _files(document: Document, *parts: Part) -> Files:
    bundle = document.planned.bundle
    if bundle is None:
        return dict.fromkeys(parts, ())
    return read_migrations(tools.bundles, bundle, *parts)


def _ledger(document: Document, session: Session) -> StatementLedger:
    planned = document.planned
    return StatementLedger(
        session,
        service=planned.service,
        token=planned.token,
        execution=document.execution,
        deployment=planned.id,
    )


def _accepted(
    document: Document, files: Files, part: Part, runner: StatementRunner
) -> tuple[tuple[Task, ...], str]:
    """What will be applied, and what the gate found of it. Whatever refuses a migration refuses it
    here, before the first statement of any is run; what this deployment has begun was accepted.
    """
    ledger = runner.ledger
    entries = ledger.entries(part)
    tasks = outstanding(files[part], entries, part)
    if part == "contract":
        _judge_parts_before(files, tasks, ledger)
    if document.schema is not None:
        return tasks, document.schema.gate
    begun = any(each.deployment == document.planned.id for each in entries)
    if begun or all(task.replayed for task in tasks):
        return tasks, "gate: nothing was left to judge"
    # The gate brings a parser: a release without migrations does without it.
    from handlers.gating.in_deployment import accept, statements_of  # noqa: PLC0415

    blue = statements_of(tools.bundles, document.planned.blue_bundle)
    history = _history(document, files, ledger)
    return tasks, accept(runner.session, history, left_of(tasks), blue, runner.deadline, part)


def _judge_parts_before(files: Files, tasks: Sequence[Task], ledger: StatementLedger) -> None:
    expanded, begun = ledger.entries("expand"), {task.migration.file.number for task in tasks}
    outstanding(files["expand"], expanded)
    judge_ready(
        [each for each in files["contract"] if each.file.number in begun],
        files["expand"],
        expanded,
        files["backfill"],
        ledger.entries("backfill"),
    )


def _history(document: Document, files: Files, ledger: StatementLedger) -> tuple[Migration, ...]:
    """What has made the schema as it is: expand files, and contracts between them."""
    entries = {part: ledger.entries(part) for part in SHAPING}
    if entries["contract"] and "contract" not in files:
        files = _files(document, *SHAPING)
        outstanding(files["contract"], entries["contract"], "contract")
    return applied(files, entries)


def _say_if_nothing_was_contracted(
    document: Document,
    migrations: Sequence[Migration],
    session: Session,
    ledger: StatementLedger,
    error: GreenshiftError,
) -> None:
    """Raises NothingContracted when the deployment has left no trace in the schema, nor an earlier
    one a contract that is half applied.

    The seal makes that final: an invocation of this deployment that was given up for dead, and
    comes to the database after this one, applies nothing either.
    """
    with session.transaction("lock_timeout = '5s'"):
        ledger.fence()
        ledger.seal()
    if not left_a_trace(ledger.entries("contract"), migrations, document.planned.id):
        raise NothingContracted(str(error)) from error


def _apply(tasks: Sequence[Task], runner: StatementRunner) -> Task | None:
    """Runs the tasks; answers the one that an invocation with more time should begin with, or None
    when all are done.

    Each file begins with a session in which nothing is set.
    """
    file, applied = "", 0
    for task in tasks:
        if applied and runner.deadline.left() < ENOUGH_SECONDS:
            return task
        if task.migration.title != file:
            file = task.migration.title
            runner.session.fresh()
        try:
            runner.run(task)
        except OutOfTime as late:
            if applied:
                return task
            raise MigrationFailed(
                f"{late}: it was cancelled at the end of the migrator's time; make it smaller, or "
                "move data by a backfill file"
            ) from late
        applied += not task.replayed
    return None
