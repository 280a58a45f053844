"""MigrateSchema for a service that keeps its data in DynamoDB: item shapes are held against each
other, indexes are added, attributes are filled in.

What fences it is the claim's token, compared in the same transaction as each step of the ledger.
"""

import os
from collections.abc import Mapping, Sequence

from handlers.adapters.aws import client
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.items.index_work import IndexWork
from handlers.adapters.items.item_changes import Filling, ItemChange, Removing
from handlers.adapters.items.sources import read_declarations
from handlers.adapters.items.step_ledger import StepLedger
from handlers.adapters.items.table_walk import TableWalk
from handlers.adapters.items.tables import Tables
from handlers.adapters.tools import Tools
from handlers.domain.document import Document
from handlers.domain.items.changes import (
    AddIndex,
    FillIn,
    ItemsMigration,
    RemoveIndex,
)
from handlers.domain.items.gate.contracts import judge_contracts
from handlers.domain.items.gate.gate import items_summary, judge_items
from handlers.domain.items.history import Step, outstanding
from handlers.domain.items.progress import items_progress, refusal
from handlers.domain.items.shapes import Shape
from handlers.domain.items.table import Table
from handlers.domain.messages import Schema
from handlers.domain.schema.begun import REFUSALS, refused
from handlers.errors import MigrationFailed, MigrationRefused


def migrate_items(document: Document, deadline: Deadline, tools: Tools) -> Schema:
    """Judges the release's shapes and changes, then makes the changes that are not made yet; done,
    or `again` while DynamoDB fills an index or items are left.

    Safe to repeat: an index that is there is not asked for again, an item that has the attribute
    is not written again. Raises MigrationRefused or MigrationChanged when this deployment has
    changed nothing; MigrationFailed, ClaimLost, TransientConflict or TransientAws.
    """
    work = ItemsWork(document, deadline, tools)
    green = read_declarations(tools.bundles, document.planned.bundle)
    migrations = green.of("expand", "backfill")
    steps = [each for each in work.ledger.steps() if each.part != "contract"]
    try:
        pending = outstanding(migrations, steps)
        tables = work.tables.describe_all(_named(green.shapes, pending))
        gate = document.schema.gate if document.schema else None
        if gate is None:
            blue = read_declarations(tools.bundles, document.planned.blue_bundle)
            gate = _accepted(blue.shapes, green.shapes, pending, tables)
    except REFUSALS as error:
        raise refused(error, work.deployment, [each.deployment for each in steps]) from error
    rest = work.apply(pending, tables)
    return items_progress(
        migrations, work.ledger.steps(), tables, work.deployment, gate=gate, rest=rest
    )


def contract_items(
    document: Document, deadline: Deadline, tools: Tools, reachable: Sequence[Shape]
) -> Schema:
    """Makes the contracts of the release that is deployed, when no version that can still be called
    needs what they remove: `reachable` are the shapes of all of them.

    Safe to repeat, and raises as `migrate_items`.
    """
    work = ItemsWork(document, deadline, tools)
    declared = read_declarations(tools.bundles, document.planned.bundle)
    contracts = declared.of("contract")
    pending = outstanding(contracts, [s for s in work.ledger.steps() if s.part == "contract"])
    tables = work.tables.describe_all(each.change.table for each in pending)
    findings = judge_contracts(reachable, pending, tables)
    if any(each.stops for each in findings):
        raise MigrationRefused(refusal(findings))
    gate = f"gate: held against {len(reachable)} item shapes that can still be reached"
    rest = work.apply(pending, tables)
    return items_progress(
        contracts, work.ledger.steps(), tables, work.deployment, gate=gate, rest=rest
    )


class ItemsWork:
    """One invocation's work on one service's tables."""

    def __init__(self, document: Document, deadline: Deadline, tools: Tools) -> None:
        planned = document.planned
        self.deployment = planned.id
        self.tables = Tables(client("dynamodb"), os.environ)
        self.ledger = StepLedger(
            tools.ledger,
            service=planned.service,
            token=planned.token,
            execution=document.execution,
            deployment=planned.id,
        )
        self._deadline = deadline

    def apply(
        self, pending: Sequence[ItemsMigration], tables: Mapping[str, Table]
    ) -> ItemsMigration | None:
        """Makes the changes in order; answers the one that another invocation goes on with, or None
        when all are made.
        """
        self.ledger.fence()
        for migration in pending:
            step = self.ledger.take(migration)
            try:
                done, step = self._once(migration, step, tables)
            except MigrationFailed as failed:
                self.ledger.end(step, "failed")
                raise MigrationFailed(f"{migration.path}: {failed}") from failed
            if not done:
                return migration
            self.ledger.end(step, "done")
        return None

    def _once(
        self, migration: ItemsMigration, step: Step, tables: Mapping[str, Table]
    ) -> tuple[bool, Step]:
        change = migration.change
        indexes = IndexWork(self.tables, self._deadline)
        if isinstance(change, AddIndex):
            return indexes.add(change), step
        if isinstance(change, RemoveIndex):
            return indexes.remove(change), step
        table, dynamodb = tables[change.table], self.tables.dynamodb
        each: ItemChange = (
            Filling(dynamodb, table, change)
            if isinstance(change, FillIn)
            else Removing(dynamodb, table, change)
        )
        walk = TableWalk(
            dynamodb, each, change.walk, deadline=self._deadline, save=self.ledger.save
        )
        step, done = walk.go(step)
        return done, step


def _named(green: Sequence[Shape], pending: Sequence[ItemsMigration]) -> set[str]:
    """The tables that green speaks of, which are registered: Plan has seen to it."""
    return {each.table for each in green} | {each.change.table for each in pending}


def _accepted(
    blue: Sequence[Shape],
    green: Sequence[Shape],
    pending: Sequence[ItemsMigration],
    tables: Mapping[str, Table],
) -> str:
    """What the gate found, in one sentence. With the registration's `gate = "report"` a refusal is
    told in it and stops nothing.
    """
    report = judge_items(blue, green, pending, tables)
    if report.accepted:
        return items_summary(report, len(blue), len(green))
    told = refusal(report.findings)
    if os.environ.get("GREENSHIFT_DATABASE_GATE") == "report":
        return f"gate (reports only): {told}"
    raise MigrationRefused(told)
