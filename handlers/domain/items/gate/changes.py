"""Expands and backfills: a new index must not refuse what blue writes, a value not mislead it."""

from collections.abc import Iterator, Mapping, Sequence

from handlers.domain.items.changes import AddIndex, Copy, FillIn, ItemsMigration, Source
from handlers.domain.items.gate.say import NEW_NAME, at, types
from handlers.domain.items.shapes import Shape
from handlers.domain.items.table import Table, same
from handlers.domain.schema.gate.findings import GateFinding


def judge_changes(
    blue: Sequence[Shape], migrations: Sequence[ItemsMigration], tables: Mapping[str, Table]
) -> Iterator[GateFinding]:
    """What the migrations would do to blue; contracts are judged elsewhere."""
    for migration in migrations:
        table = tables.get(migration.change.table)
        beside = [each for each in blue if each.table == migration.change.table]
        if isinstance(migration.change, AddIndex):
            yield from _judge_index(migration, migration.change, beside, table)
        elif isinstance(migration.change, FillIn):
            yield from _judge_fill(migration, migration.change, beside, table)


def _judge_index(
    migration: ItemsMigration, change: AddIndex, blue: Sequence[Shape], table: Table | None
) -> Iterator[GateFinding]:
    made = table.indexes.get(change.index.name) if table else None
    if made is not None and not (made.is_global and same(made.index, change.index)):
        yield at(
            migration,
            "addIndex",
            "name",
            rule="index-differs",
            breaks=f"{change.table} has an index {change.index.name} already, made otherwise",
            remedy="an index cannot be changed: add one of another name",
        )
        return
    real = table.key_types() if table else {}
    for key in change.index.keys:
        if real.get(key.name, key.type) != key.type:
            yield at(
                migration,
                "addIndex",
                "keys",
                rule="key-changed",
                breaks=f"{key.name} is a key in the type {real[key.name]} already",
                remedy=NEW_NAME,
            )
        for shape in blue:
            declared = shape.attributes.get(key.name)
            if shape.does != "reads" and declared and declared.types != {key.type}:
                yield at(
                    migration,
                    "addIndex",
                    "keys",
                    rule="index-key-type",
                    breaks=f"blue writes {key.name} as {types(declared.types)} ({shape.path}:"
                    f"{shape.line(shape.does, key.name)}), which DynamoDB refuses once it is a key "
                    f"of the type {key.type}",
                    remedy=f"index an attribute that is only ever {key.type}; if there is none, "
                    f"{NEW_NAME}",
                )


def _judge_fill(
    migration: ItemsMigration, change: FillIn, blue: Sequence[Shape], table: Table | None
) -> Iterator[GateFinding]:
    real = table.key_types() if table else {}
    own = {key.name for key in table.keys} if table else set()
    for attribute, source in change.sets.items():
        if attribute in own or any(attribute in each.key for each in blue if not each.index):
            yield at(
                migration,
                "set",
                attribute,
                rule="key-immutable",
                breaks=f"{attribute} is a key of {change.table}, which no update can set",
                remedy="make another table, and move to it release by release",
            )
            continue
        made = _types(source, blue)
        if made and attribute in real and made != {real[attribute]}:
            yield at(
                migration,
                "set",
                attribute,
                rule="index-key-type",
                breaks=f"{attribute} is a key of an index in the type {real[attribute]}, and this "
                f"makes {types(made)}",
                remedy=f"make {real[attribute]}",
            )
        for shape in blue:
            known = shape.attributes.get(attribute)
            if known and made and not made <= known.types:
                yield at(
                    migration,
                    "set",
                    attribute,
                    rule="type-changed",
                    breaks=f"this makes {attribute} {types(made)}, and blue has it as "
                    f"{types(known.types)} ({shape.path}:{shape.line(shape.does, attribute)})",
                    remedy=NEW_NAME,
                )
        writers = [each for each in blue if each.does != "reads"]
        if writers and not any(attribute in each.attributes for each in writers):
            yield at(
                migration,
                "set",
                attribute,
                rule="backfill-before-writers",
                verdict="REVIEW",
                breaks=f"blue goes on writing items without {attribute} when the backfill is done",
                remedy="let this release write it, and bring the backfill with the next; or waive "
                "the rule in the file, and read it as one that may be missing",
            )


def _types(source: Source, blue: Sequence[Shape]) -> set[str]:
    """The types that the source makes; none where they are not known."""
    if isinstance(source, Copy):
        if source.as_type is not None:
            return {source.as_type}
        known = (each.attributes.get(source.attribute) for each in blue if each.does != "reads")
        return {type_ for each in known if each for type_ in each.types}
    return set(source.value)
