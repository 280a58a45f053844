"""MigrateSchema: the release's expand migrations, in order, each statement once; then its
backfills, batch by batch. Contract files are left.

It runs in the service's own network and needs nothing but the document, the bundle and the
database: what fences it is the token in the database itself.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.aws import client
from handlers.adapters.database.backfill.backfills import run_backfills
from handlers.adapters.database.backfill.cursors import Cursors
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migration_sources import Sources, read_sources
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.secrets import find_login, has_database
from handlers.adapters.database.session import Session, StillRuns, in_plain_words
from handlers.adapters.database.statement_runner import OutOfTime, StatementRunner
from handlers.adapters.database.transports import connect
from handlers.adapters.entry import answer
from handlers.adapters.items.tables import has_tables
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.document import Document
from handlers.domain.messages import Schema
from handlers.domain.schema.backfill.history import BackfillTask, outstanding_backfills
from handlers.domain.schema.backfill.progress import with_backfills
from handlers.domain.schema.history import Migration, Task, outstanding
from handlers.domain.schema.progress import nothing, progress
from handlers.errors import MigrationFailed
from handlers.migrate_items import migrate_items

ENOUGH_SECONDS = 120.0
"""With less of the invocation left, the next statement gets a new one, and all the time that a
statement can have.
"""

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `schema` out."""
    return answer(migrate_schema, event, Deadline.of(context), log=logger)


def migrate_schema(document: Document, deadline: Deadline) -> Schema:
    """Applies what the database does not have yet, all expand files before the first backfill;
    done, or `again` when the invocation's time or its slice of a backfill is over.

    Green gets no traffic before the backfills are done; one whose file lets green go first
    (`traffic: before`) is left when its time is over, and goes on with the service's next
    migration. Raises MigrationFailed, MigrationChanged, ClaimLost or TransientDatabase. What was
    applied before that stays: a repetition goes on after the last statement, or batch, that was
    committed.
    """
    if not has_database(os.environ) and not has_tables(os.environ):
        return nothing("the service has no database")
    _refuse_others(document)
    if has_tables(os.environ):
        return migrate_items(document, deadline, tools)
    sources = _sources(document)
    if not any(each.statements for each in sources.expands) and not sources.backfills:
        return nothing("the release has no migrations")
    login = find_login(os.environ, client)
    with in_plain_words(login), connect(login, deadline) as session:
        ledger = _ledger(document, session)
        ledger.exclude_others(deadline)
        ledger.prepare()
        with session.transaction("lock_timeout = '5s'"):
            ledger.fence()
        cursors = _cursors(document, session)
        backfills = _backfills(sources, cursors)
        tasks, gate = _accepted(document, session, sources.expands, ledger, deadline)
        runner = StatementRunner(session, ledger, deadline)
        rest = _apply(tasks, runner)
        section = progress(
            sources.expands,
            ledger.entries(),
            deployment=document.planned.id,
            longest_ms=max(
                runner.longest_ms, document.schema.longest_lock_ms if document.schema else 0.0
            ),
            rest=rest,
            gate=gate,
        )
        if rest is not None:
            return section
        before = document.schema.backfill if document.schema else None
        spent = before.seconds if before else 0.0
        done = run_backfills(backfills, session, ledger, cursors, deadline, spent=spent)
        return with_backfills(section, done, cursors.entries(), deployment=document.planned.id)


def _refuse_others(document: Document) -> None:
    ours = os.environ["GREENSHIFT_SERVICE"]
    if {document.service, document.planned.service} != {ours}:
        raise MigrationFailed(
            f"this migrator serves {ours}, and the execution is of {document.planned.service}; "
            "start the release on its own service's state machine"
        )


def _sources(document: Document) -> Sources:
    bundle = document.planned.bundle
    return Sources() if bundle is None else read_sources(tools.bundles, bundle)


def _ledger(document: Document, session: Session) -> StatementLedger:
    planned = document.planned
    return StatementLedger(
        session,
        service=planned.service,
        token=planned.token,
        execution=document.execution,
        deployment=planned.id,
    )


def _cursors(document: Document, session: Session) -> Cursors:
    planned = document.planned
    return Cursors(
        session, service=planned.service, execution=document.execution, deployment=planned.id
    )


def _backfills(sources: Sources, cursors: Cursors) -> tuple[BackfillTask, ...]:
    return outstanding_backfills(
        sources.backfills, cursors.entries(), newest=sources.newest, deployment=cursors.deployment
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
