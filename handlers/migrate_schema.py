"""MigrateSchema: the release's expand migrations, in order, each statement once; then its
backfills, batch by batch. For a contract, the contract migrations of the live release.

It runs in the service's own network and needs nothing but the document, the bundle and the
database: what fences it is the token in the database itself.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.database.backfill.backfills import run_backfills
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migration_sources import Sources
from handlers.adapters.database.secrets import has_database
from handlers.adapters.database.statement_runner import StatementRunner
from handlers.adapters.entry import answer
from handlers.adapters.items.tables import has_tables
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.document import Document
from handlers.domain.messages import Schema
from handlers.domain.schema.applied import left_of
from handlers.domain.schema.backfill.history import BackfillTask
from handlers.domain.schema.backfill.progress import with_backfills
from handlers.domain.schema.begun import REFUSALS, refused
from handlers.domain.schema.history import Task, outstanding
from handlers.domain.schema.progress import nothing, progress
from handlers.errors import MigrationFailed, NothingContracted
from handlers.migrating.contract_schema import contract_schema
from handlers.migrating.migrate_items import migrate_items
from handlers.migrating.sql_work import (
    apply_all,
    at_work,
    backfills_left,
    cursors_of,
    files_of,
    seal,
    shaped_by,
)

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `schema` out."""
    return answer(migrate_schema, event, Deadline.of(context), log=logger)


def migrate_schema(document: Document, deadline: Deadline) -> Schema:
    """Applies what the database does not have yet, all expand files before the first backfill;
    done, or `again` when the invocation's time or its slice of a backfill is over.

    Green gets no traffic before the backfills are done; one whose file lets green go first
    (`traffic: before`) is left when its time is over, and goes on with the service's next
    migration. Raises MigrationRefused, SchemaDrifted or MigrationChanged when this deployment has
    applied nothing, and will not; MigrationFailed, ClaimLost or TransientDatabase, and what
    `contract_schema` raises. What was applied before those stays: a repetition goes on after the
    last statement, or batch, that was committed.
    """
    if not has_database(os.environ) and not has_tables(os.environ):
        return _without_database(document)
    _refuse_others(document)
    if document.planned.contracts:
        return contract_schema(document, deadline, tools)
    if has_tables(os.environ):
        return migrate_items(document, deadline, tools)
    sources = files_of(document, tools)
    if not any(each.statements for each in sources.expands) and not sources.backfills:
        return nothing("the release has no migrations")
    with at_work(document, deadline) as (session, ledger):
        cursors = cursors_of(document, session)
        runner = StatementRunner(session, ledger, deadline)
        try:
            backfills = backfills_left(sources, cursors)
            tasks, gate = _accepted(document, sources, backfills, runner)
        except REFUSALS as error:
            seal(session, ledger)
            worked = [each.deployment for each in ledger.entries()]
            worked += [each.deployment for each in cursors.entries()]
            raise refused(error, document.planned.id, worked) from error
        rest = apply_all(tasks, runner)
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


def _without_database(document: Document) -> Schema:
    if document.planned.contracts:
        raise NothingContracted(
            "the service has no database, so nothing can be contracted; declare the database in "
            "its stack"
        )
    return nothing("the service has no database")


def _refuse_others(document: Document) -> None:
    ours = os.environ["GREENSHIFT_SERVICE"]
    if {document.service, document.planned.service} != {ours}:
        raise MigrationFailed(
            f"this migrator serves {ours}, and the execution is of {document.planned.service}; "
            "start the release on its own service's state machine"
        )


def _accepted(
    document: Document,
    sources: Sources,
    backfills: Sequence[BackfillTask],
    runner: StatementRunner,
) -> tuple[tuple[Task, ...], str]:
    """What will be applied, and what the gate found of it. Whatever refuses a migration refuses it
    here, before the first statement of any is run; what this deployment has begun was accepted.
    """
    entries = runner.ledger.entries()
    tasks = outstanding(sources.expands, entries)
    if document.schema is not None:
        return tasks, document.schema.gate
    worked = [each.deployment for each in entries]
    worked += [each.entry.deployment for each in backfills if each.begun]
    begun = document.planned.id in worked
    fresh = [each.backfill for each in backfills if not each.begun]
    if begun or (all(task.replayed for task in tasks) and not fresh):
        return tasks, "gate: nothing was left to judge"
    # The gate brings a parser: a release without migrations does without it.
    from handlers.gating.in_deployment import accept, statements_of  # noqa: PLC0415

    blue = statements_of(tools.bundles, document.planned.blue_bundle)
    history = shaped_by(document, tools, sources, runner.ledger)
    pending = left_of(tasks)
    return tasks, accept(runner.session, history, pending, blue, runner.deadline, "expand", fresh)
