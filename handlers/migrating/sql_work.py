"""What expand and contract have in common on a SQL database: a session of one's own, the files, the
statements one after the other.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from handlers.adapters.aws import client
from handlers.adapters.database.backfill.cursors import Cursors
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migration_sources import Sources, read_sources
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.secrets import find_login
from handlers.adapters.database.session import Session, StillRuns, in_plain_words
from handlers.adapters.database.statement_runner import OutOfTime, StatementRunner
from handlers.adapters.database.transports import connect
from handlers.domain.document import Document
from handlers.domain.schema.applied import applied
from handlers.domain.schema.backfill.history import BackfillTask, outstanding_backfills
from handlers.domain.schema.history import Migration, Task, outstanding
from handlers.errors import MigrationFailed

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

ENOUGH_SECONDS = 120.0
"""With less of the invocation left, the next statement gets a new one, and all the time that a
statement can have.
"""


@contextmanager
def at_work(document: Document, deadline: Deadline) -> Iterator[tuple[Session, StatementLedger]]:
    """A session in which no other migrator of the service works, and no later deployment did.

    Raises MigrationFailed, ClaimLost or TransientDatabase.
    """
    login, planned = find_login(os.environ, client), document.planned
    with in_plain_words(login), connect(login, deadline) as session:
        ledger = StatementLedger(
            session,
            service=planned.service,
            token=planned.token,
            execution=document.execution,
            deployment=planned.id,
        )
        ledger.exclude_others(deadline)
        ledger.prepare()
        with session.transaction("lock_timeout = '5s'"):
            ledger.fence()
        yield session, ledger


def seal(session: Session, ledger: StatementLedger) -> None:
    """Makes final what the ledger says of this deployment: an invocation of it that was given up
    for dead, and comes to the database after this one, applies nothing either.
    """
    with session.transaction("lock_timeout = '5s'"):
        ledger.fence()
        ledger.seal()


def files_of(document: Document, tools: "Tools", *, contracts: bool = False) -> Sources:
    """The migration files of the planned bundle; a contract file is read when it is to be run, or
    was.
    """
    bundle = document.planned.bundle
    if bundle is None:
        return Sources()
    return read_sources(tools.bundles, bundle, contracts=contracts)


def cursors_of(document: Document, session: Session) -> Cursors:
    """How far the service's backfills have come."""
    planned = document.planned
    return Cursors(
        session, service=planned.service, execution=document.execution, deployment=planned.id
    )


def backfills_left(sources: Sources, cursors: Cursors) -> tuple[BackfillTask, ...]:
    """The backfills that are not done. Raises MigrationChanged."""
    return outstanding_backfills(
        sources.backfills, cursors.entries(), newest=sources.newest, deployment=cursors.deployment
    )


def shaped_by(
    document: Document, tools: "Tools", sources: Sources, ledger: StatementLedger
) -> tuple[Migration, ...]:
    """What has made the schema as it is: the expand files that are applied, and between them the
    contracts. Raises MigrationChanged for a contract that is another one now.
    """
    contracted = ledger.entries("contract")
    if contracted and not sources.contracts:
        sources = files_of(document, tools, contracts=True)
    outstanding(sources.contracts, contracted, "contract")
    return applied(
        {"expand": sources.expands, "contract": sources.contracts},
        {"expand": ledger.entries("expand"), "contract": contracted},
    )


def apply_all(tasks: Sequence[Task], runner: StatementRunner) -> Task | None:
    """Runs the tasks; answers the one that an invocation with more time should begin with, or None
    when all are done.

    Each file begins with a session in which nothing is set.
    """
    file, run = "", 0
    for task in tasks:
        if run and runner.deadline.left() < ENOUGH_SECONDS:
            return task
        if task.migration.title != file:
            file = task.migration.title
            runner.session.fresh()
        try:
            runner.run(task)
        except StillRuns:
            return task
        except OutOfTime as late:
            if run:
                return task
            raise MigrationFailed(
                f"{late}: it was cancelled at the end of the migrator's time; make it smaller, or "
                "move data by a backfill file"
            ) from late
        run += not task.replayed
    return None
