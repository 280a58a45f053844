"""What MigrateSchema answers of a service's DynamoDB tables, counted from the ledger's steps."""

from collections.abc import Mapping, Sequence

from handlers.domain.bundle.migration_files import Part
from handlers.domain.items.changes import AddIndex, ItemsMigration, RemoveIndex
from handlers.domain.items.history import Step
from handlers.domain.items.table import Table
from handlers.domain.messages import Schema
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.progress import MOST_SENTENCE, MOST_TITLES

MOST_FINDINGS = 5
"""In the sentence of a refusal: the record keeps 4 KiB of it."""


def refusal(findings: Sequence[GateFinding]) -> str:
    """Why the gate refuses: the first findings in full, and how many more there are."""
    stopping = [str(each) for each in findings if each.stops]
    more = len(stopping) - MOST_FINDINGS
    told = ". ".join(stopping[:MOST_FINDINGS])
    return f"{told} (and {more} more)" if more > 0 else told


def items_progress(
    migrations: Sequence[ItemsMigration],
    steps: Sequence[Step],
    tables: Mapping[str, Table],
    deployment: str,
    *,
    gate: str,
    rest: ItemsMigration | None,
) -> Schema:
    """How far the deployment has come; `gate` is what the gate said, `rest` the change that the
    next invocation goes on with, None when there is none.
    """
    known = {(step.number, step.part): step for step in steps}
    here = [known[place] for each in migrations if (place := _place(each)) in known]
    done = [step for step in here if step.state == "done"]
    ours = [step for step in done if step.deployment == deployment]
    if rest is not None:
        told = _under_way(rest, known.get(_place(rest)), tables)
    elif ours:
        told = f"applied {_named(ours)}"
        if written := sum(step.written for step in ours):
            told += f": {written:,} items written"
    elif migrations:
        told = f"nothing to apply: {len(done)} of {len(migrations)} migrations applied already"
    else:
        told = "nothing to apply"
    return Schema(
        applied=_few([f"{step.title}.{step.part}" for step in ours]),
        already_applied=len(done) - len(ours),
        statements=len(ours),
        longest_lock_ms=0.0,
        gate=gate[:MOST_SENTENCE],
        backfill=None,
        next="done" if rest is None else "again",
        reason=told,
    )


def _under_way(migration: ItemsMigration, step: Step | None, tables: Mapping[str, Table]) -> str:
    change = migration.change
    if isinstance(change, AddIndex):
        return f"{migration.path}: DynamoDB is making the index {change.index.name}"
    if isinstance(change, RemoveIndex):
        return f"{migration.path}: DynamoDB is removing the index {change.index}"
    seen, written = (step.seen, step.written) if step else (0, 0)
    total = tables[change.table].items
    share = f" of about {max(total, seen):,}" if total else ""
    return f"{migration.path}: {seen:,}{share} items gone through, {written:,} written"


def _place(migration: ItemsMigration) -> tuple[int, Part]:
    return migration.file.number, migration.file.part


def _named(steps: Sequence[Step]) -> str:
    first, last = (f"{step.title}.{step.part}" for step in (steps[0], steps[-1]))
    return first if len(steps) == 1 else f"{first} to {last}"


def _few(titles: Sequence[str]) -> tuple[str, ...]:
    if len(titles) <= MOST_TITLES:
        return tuple(titles)
    return (*titles[: MOST_TITLES - 1], f"and {len(titles) - MOST_TITLES + 1} more")
