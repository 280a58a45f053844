"""A contract in the migrator: what only the releases before the live one needed is removed.

What is begun here cannot be gone back past, so every refusal that has left the data store as it
was says so: NothingContracted.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.adapters.database.backfill.backfills import run_backfills
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migration_sources import Sources
from handlers.adapters.database.statement_runner import StatementRunner
from handlers.adapters.items.sources import read_declarations
from handlers.adapters.items.tables import has_tables
from handlers.domain.document import Document
from handlers.domain.items.history import outstanding as outstanding_items
from handlers.domain.messages import Schema
from handlers.domain.schema.applied import left_of
from handlers.domain.schema.backfill.progress import with_backfills
from handlers.domain.schema.history import Migration, Task, outstanding
from handlers.domain.schema.progress import nothing, progress
from handlers.domain.schema.ready import judge_ready, left_a_trace
from handlers.errors import (
    MigrationChanged,
    MigrationFailed,
    MigrationRefused,
    NothingContracted,
    SchemaDrifted,
)
from handlers.migrating.migrate_items import ItemsWork, contract_items
from handlers.migrating.sql_work import (
    apply_all,
    at_work,
    backfills_left,
    cursors_of,
    files_of,
    seal,
    shaped_by,
)

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_REFUSALS = (MigrationFailed, MigrationChanged, MigrationRefused, SchemaDrifted)


def contract_schema(document: Document, deadline: Deadline, tools: "Tools") -> Schema:
    """Finishes the backfills that were left, then applies the live release's contracts, when their
    expands are applied and the release itself does not miss what they remove; `contracted`, or
    `again` when the invocation's time is over.

    Safe to repeat: what is applied is found so. Raises NothingContracted where the data store is as
    it was, and else MigrationFailed, MigrationChanged, ClaimLost, a transient error, and
    MigrationRefused or SchemaDrifted after a contract that was half applied before.
    """
    if has_tables(os.environ):
        return _contract_tables(document, deadline, tools)
    with at_work(document, deadline) as (session, ledger):
        work = _Contract(document, tools, StatementRunner(session, ledger, deadline))
        sources = Sources()
        try:
            sources = files_of(document, tools, contracts=True)
            return work.run(sources)
        except _REFUSALS as error:
            work.say_if_nothing_was_done(sources.contracts, error)
            raise


class _Contract:
    """One invocation's work on a contract of a SQL database."""

    def __init__(self, document: Document, tools: "Tools", runner: StatementRunner) -> None:
        self._document, self._tools, self._runner = document, tools, runner
        self._deployment = document.planned.id
        self._ledger, self._session = runner.ledger, runner.session

    def run(self, sources: Sources) -> Schema:
        """What is left of backfills and contracts, for as long as there is time."""
        if not any(each.statements for each in sources.contracts):
            return nothing("the release's contracts have no statements", "contract")
        tasks = self._tasks(sources)
        cursors = cursors_of(self._document, self._session)
        left = backfills_left(sources, cursors)
        gate = self._accepted(sources, tasks)
        before = self._document.schema.backfill if self._document.schema else None
        moved = run_backfills(
            left,
            self._session,
            self._ledger,
            cursors,
            self._runner.deadline,
            spent=before.seconds if before else 0.0,
            all_to_the_end=True,
        )
        rest = None
        if moved.next == "done":
            rest = apply_all(tasks, self._runner)
        section = self._section(sources, gate, rest)
        following = section.next if moved.next == "done" else "again"
        told = with_backfills(section, moved, cursors.entries(), deployment=self._deployment)
        return replace(told, next=following)

    def say_if_nothing_was_done(self, contracts: Sequence[Migration], error: Exception) -> None:
        """Raises NothingContracted when the deployment has left no trace of a contract in the
        schema, nor an earlier one a contract that is half applied.
        """
        seal(self._session, self._ledger)
        if not left_a_trace(self._ledger.entries("contract"), contracts, self._deployment):
            raise NothingContracted(str(error)) from error

    def _tasks(self, sources: Sources) -> tuple[Task, ...]:
        expanded = self._ledger.entries("expand")
        outstanding(sources.expands, expanded)
        tasks = outstanding(sources.contracts, self._ledger.entries("contract"), "contract")
        pending = {task.migration.file.number for task in tasks}
        judge_ready(
            [each for each in sources.contracts if each.file.number in pending],
            sources.expands,
            expanded,
        )
        return tasks

    def _accepted(self, sources: Sources, tasks: Sequence[Task]) -> str:
        """What the gate found; what this deployment has begun was accepted."""
        if self._document.schema is not None:
            return self._document.schema.gate
        entries = self._ledger.entries("contract")
        begun = any(each.deployment == self._deployment for each in entries)
        if begun or all(task.replayed for task in tasks):
            return "gate: nothing was left to judge"
        from handlers.gating.in_deployment import accept, statements_of  # noqa: PLC0415 - its parser

        live = statements_of(self._tools.bundles, self._document.planned.blue_bundle)
        history = shaped_by(self._document, self._tools, sources, self._ledger)
        pending, deadline = left_of(tasks), self._runner.deadline
        return accept(self._session, history, pending, live, deadline, "contract")

    def _section(self, sources: Sources, gate: str, rest: Task | None) -> Schema:
        schema = self._document.schema
        return progress(
            sources.contracts,
            self._ledger.entries("contract"),
            deployment=self._deployment,
            longest_ms=max(self._runner.longest_ms, schema.longest_lock_ms if schema else 0.0),
            rest=rest,
            gate=gate,
            part="contract",
        )


def _contract_tables(document: Document, deadline: Deadline, tools: "Tools") -> Schema:
    """The contracts of DynamoDB's tables. The shapes of the live release are all that can still be
    called, but for what stays at the preview: Plan has seen to it.
    """
    ledger = ItemsWork(document, deadline, tools).ledger
    try:
        declared = read_declarations(tools.bundles, document.planned.bundle)
        steps = [each for each in ledger.steps() if each.part != "contract"]
        for left in outstanding_items(declared.of("expand", "backfill"), steps):
            raise MigrationFailed(f"{left.path} is not applied yet; deploy the release again first")
        section = contract_items(document, deadline, tools, declared.shapes)
    except _REFUSALS as error:
        if not any(
            each.part == "contract"
            and (each.state == "started" or each.deployment == document.planned.id)
            for each in ledger.steps()
        ):
            raise NothingContracted(str(error)) from error
        raise
    return replace(section, next="again" if section.next == "again" else "contracted")
