"""MigrateSchema: the release's expand migrations, in order, each statement once. Backfill and
contract files are left.

It runs in the service's own network and needs nothing but the document, the bundle and the
database: what fences it is the token in the database itself.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.aws import client
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migration_sources import read_migrations
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.secrets import find_login, has_database
from handlers.adapters.database.session import Session, StillRuns, in_plain_words
from handlers.adapters.database.statement_runner import OutOfTime, StatementRunner
from handlers.adapters.database.transports import connect
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.document import Document
from handlers.domain.messages import Schema
from handlers.domain.schema.history import Migration, Task, outstanding
from handlers.domain.schema.progress import nothing, progress
from handlers.errors import MigrationFailed

ENOUGH_SECONDS = 120.0
"""With less of the invocation left, the next statement gets a new one, and all the time that a
statement can have.
"""

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `schema` out."""
    return answer(migrate_schema, event, Deadline.of(context), log=logger)


def migrate_schema(document: Document, deadline: Deadline) -> Schema:
    """Applies what the database does not have yet; done, or `again` when the invocation's time runs
    out.

    Raises MigrationFailed, MigrationChanged, ClaimLost or TransientDatabase. What was applied
    before that stays: a repetition goes on after the last statement that was committed.
    """
    if not has_database(os.environ):
        return nothing("the service has no database")
    _refuse_others(document)
    migrations = _migrations(document)
    if not any(migration.statements for migration in migrations):
        return nothing("the release has no expand migrations")
    login = find_login(os.environ, client)
    with in_plain_words(login), connect(login, deadline) as session:
        ledger = _ledger(document, session)
        ledger.exclude_others(deadline)
        ledger.prepare()
        with session.transaction("lock_timeout = '5s'"):
            ledger.fence()
        tasks, gate = _accepted(document, session, migrations, ledger, deadline)
        runner = StatementRunner(session, ledger, deadline)
        rest = _apply(tasks, runner)
        return progress(
            migrations,
            ledger.entries(),
            deployment=document.planned.id,
            longest_ms=max(
                runner.longest_ms, document.schema.longest_lock_ms if document.schema else 0.0
            ),
            rest=rest,
            gate=gate,
        )


def _refuse_others(document: Document) -> None:
    ours = os.environ["GREENSHIFT_SERVICE"]
    if {document.service, document.planned.service} != {ours}:
        raise MigrationFailed(
            f"this migrator serves {ours}, and the execution is of {document.planned.service}; "
            "start the release on its own service's state machine"
        )


def _migrations(document: Document) -> tuple[Migration, ...]:
    bundle = document.planned.bundle
    return () if bundle is None else read_migrations(tools.bundles, bundle)


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
    document: Document,
    session: Session,
    migrations: Sequence[Migration],
    ledger: StatementLedger,
    deadline: Deadline,
) -> tuple[tuple[Task, ...], str]:
    """What will be applied, and what the gate found of it. Whatever refuses a migration refuses it
    here, before the first statement of any is run; what this deployment has begun was accepted.
    """
    entries = ledger.entries()
    tasks = outstanding(migrations, entries)
    if document.schema is not None:
        return tasks, document.schema.gate
    begun = any(each.deployment == document.planned.id for each in entries)
    if begun or all(task.replayed for task in tasks):
        return tasks, "gate: nothing was left to judge"
    # The gate brings a parser: a release without migrations does without it.
    from handlers.gating.in_deployment import accept, statements_of  # noqa: PLC0415

    blue = statements_of(tools.bundles, document.planned.blue_bundle)
    return tasks, accept(session, migrations, entries, blue, deadline)


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
        except StillRuns:
            return task
        except OutOfTime as late:
            if applied:
                return task
            raise MigrationFailed(
                f"{late}: it was cancelled at the end of the migrator's time; make it smaller, or "
                "move data by a backfill file"
            ) from late
        applied += not task.replayed
    return None
