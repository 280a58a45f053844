"""The gate for items, its rules together: one report of a release's shapes and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.domain.items.changes import AddIndex, ItemsMigration
from handlers.domain.items.gate.attributes import judge_attributes
from handlers.domain.items.gate.changes import judge_changes
from handlers.domain.items.gate.keys import judge_keys
from handlers.domain.items.gate.say import once
from handlers.domain.items.shapes import Shape
from handlers.domain.items.table import MadeIndex, Table
from handlers.domain.schema.gate.findings import gravest
from handlers.domain.schema.gate.report import GateReport, StatementReport

NOT_DECLARED = "item shapes are not declared: nothing was checked"
BLUE_NOT_DECLARED = "blue declares no item shapes: green's were held against the tables alone"
GREEN_NOT_DECLARED = "green declares no item shapes: what blue needs of it was not checked"


def judge_items(
    blue: Sequence[Shape],
    green: Sequence[Shape],
    pending: Sequence[ItemsMigration],
    tables: Mapping[str, Table],
) -> GateReport:
    """Whether green may write beside blue, and whether the pending migrations leave blue working.

    `tables` are the tables as they are, by their keys in the registration; what cannot be seen of
    one that is missing there is compared between blue and green.
    """
    findings = once(
        [
            *(judge_attributes(blue, green) if green else ()),
            *judge_keys(blue, green, _expanded(tables, pending)),
            *judge_changes(blue, pending, tables),
        ]
    )
    return GateReport(
        statements=tuple(
            StatementReport(
                path=each.path,
                number=1,
                line=1,
                text=_told(each),
                verdict=gravest(found.verdict for found in findings if found.path == each.path),
            )
            for each in pending
        ),
        findings=findings,
        layers=("items",),
        notes=_notes(blue, green),
    )


def items_summary(report: GateReport, blue: int, green: int) -> str:
    """What the gate accepted, in one sentence; `blue` and `green` are the numbers of shapes."""
    waived = "".join(f"; {each.rule} waived: {each.waived}" for each in report.waivers)
    if report.notes:
        return f"gate: {'; '.join(report.notes)}{waived}"
    return f"gate: {green} item shapes of green agree with {blue} of blue{waived}"


def _notes(blue: Sequence[Shape], green: Sequence[Shape]) -> tuple[str, ...]:
    if not blue and not green:
        return (NOT_DECLARED,)
    if not blue:
        return (BLUE_NOT_DECLARED,)
    return () if green else (GREEN_NOT_DECLARED,)


def _expanded(tables: Mapping[str, Table], pending: Sequence[ItemsMigration]) -> dict[str, Table]:
    """The tables with the indexes that the release adds."""
    found = dict(tables)
    for each in pending:
        change = each.change
        if isinstance(change, AddIndex) and change.table in found:
            table = found[change.table]
            made = {change.index.name: MadeIndex(change.index, ready=False), **table.indexes}
            found[change.table] = replace(table, indexes=made)
    return found


def _told(migration: ItemsMigration) -> str:
    change = migration.change
    what = f"add the index {change.index.name}" if isinstance(change, AddIndex) else "fill in"
    return f"{change.table}: {what}"
