"""Contracts: nothing is removed that a version which can still be called needs."""

from collections.abc import Iterator, Mapping, Sequence

from handlers.domain.items.changes import ItemsMigration, RemoveAttributes, RemoveIndex
from handlers.domain.items.gate.say import at, once
from handlers.domain.items.shapes import Shape
from handlers.domain.items.table import Table
from handlers.domain.schema.gate.findings import GateFinding


def judge_contracts(
    reachable: Sequence[Shape], migrations: Sequence[ItemsMigration], tables: Mapping[str, Table]
) -> tuple[GateFinding, ...]:
    """What forbids the contracts; `reachable` are the shapes of every version that may still be
    called, those of the rollback window as well.
    """
    return once(_judge(reachable, migrations, tables))


def _judge(
    reachable: Sequence[Shape], migrations: Sequence[ItemsMigration], tables: Mapping[str, Table]
) -> Iterator[GateFinding]:
    for migration in migrations:
        change = migration.change
        beside = [each for each in reachable if each.table == change.table]
        if isinstance(change, RemoveIndex):
            yield from _judge_index(migration, change, beside, tables.get(change.table))
        elif isinstance(change, RemoveAttributes):
            yield from _judge_attributes(migration, change, beside, tables.get(change.table))


def _judge_index(
    migration: ItemsMigration, change: RemoveIndex, shapes: Sequence[Shape], table: Table | None
) -> Iterator[GateFinding]:
    for shape in shapes:
        if shape.index == change.index:
            yield at(
                migration,
                "removeIndex",
                rule="index-in-use",
                breaks=f"a version that can still be called reads by {change.index} "
                f"({shape.path}:{shape.line('index')})",
                remedy="remove it when no release that can be rolled back to reads by it",
            )
    made = table.indexes.get(change.index) if table else None
    if made is not None and not made.is_global:
        yield at(
            migration,
            "removeIndex",
            rule="key-immutable",
            breaks=f"{change.index} is a local index, which lives as long as its table",
            remedy="leave it",
        )


def _judge_attributes(
    migration: ItemsMigration,
    change: RemoveAttributes,
    shapes: Sequence[Shape],
    table: Table | None,
) -> Iterator[GateFinding]:
    keys = table.key_types() if table else {}
    for attribute in change.attributes:
        if attribute in keys or any(attribute in each.key for each in shapes):
            yield at(
                migration,
                "removeAttributes",
                rule="key-immutable",
                breaks=f"{attribute} is a key of {change.table} or of an index of it",
                remedy="leave it, or remove the index first",
            )
        for shape in shapes:
            declared = shape.attributes.get(attribute)
            if declared is None or attribute in shape.key:
                continue
            place = f"{shape.path}:{shape.line(shape.does, attribute)}"
            if shape.does == "reads" and not declared.optional:
                yield at(
                    migration,
                    "removeAttributes",
                    rule="attribute-in-use",
                    breaks=f"a version that can still be called reads {attribute} ({place})",
                    remedy="remove it when no release that can be rolled back to reads it",
                )
            elif shape.does != "reads":
                yield at(
                    migration,
                    "removeAttributes",
                    rule="attribute-still-written",
                    verdict="REVIEW",
                    breaks=f"a version that can still be called writes {attribute} ({place}), and "
                    "it would come back",
                    remedy="remove it when no release that can be rolled back to writes it",
                )
