"""What old code may notice between two catalogs of one database."""

from collections.abc import Sequence

from handlers.domain.schema.gate.catalog.change import Change
from handlers.domain.schema.gate.catalog.objects import object_changes
from handlers.domain.schema.gate.catalog.privileges import privilege_changes
from handlers.domain.schema.gate.catalog.relations import relation_changes
from handlers.domain.schema.gate.catalog.snapshot import Snapshot
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.steps import attribute
from handlers.domain.schema.statements import Statement


def changes(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Everything that was there and is not as it was, gravest kinds first. What the migrations made
    themselves is nothing that old code knows.
    """
    found = [
        *object_changes(before, after),
        *relation_changes(before, after),
        *privilege_changes(before, after),
    ]
    return tuple(sorted(found, key=lambda each: each.verdict == "REVIEW"))


def compare(
    before: Snapshot, after: Sequence[tuple[Statement, Snapshot]]
) -> tuple[GateFinding, ...]:
    """The findings, each on the statement after which it first held; `after` has the catalog after
    every pending statement.

    What a later statement puts right is a REVIEW: blue meets it only between the two.
    """
    steps = [
        (statement, {(each.rule, each.what): each for each in changes(before, catalog)})
        for statement, catalog in after
    ]
    return tuple(
        _finding(statement, change, mended) for statement, change, mended in attribute(steps)
    )


def _finding(statement: Statement, change: Change, mended: Statement | None) -> GateFinding:
    until = f"; {mended.place()} puts it right, and blue fails until then" if mended else ""
    return GateFinding(
        path=statement.path,
        statement=statement.number,
        line=statement.line,
        rule=change.rule,
        layer="catalog",
        verdict="REVIEW" if mended else change.verdict,
        breaks=f"{change.breaks}{until}",
        remedy=change.remedy,
    )
