"""What old code notices of tables, views and sequences."""

from collections.abc import Iterator
from dataclasses import replace

from handlers.domain.schema.gate.catalog.behaviour import behaviour_changes
from handlers.domain.schema.gate.catalog.change import Change, refuse, review
from handlers.domain.schema.gate.catalog.columns import column_changes
from handlers.domain.schema.gate.catalog.constraints import constraint_changes
from handlers.domain.schema.gate.catalog.snapshot import Relation, Snapshot

_TABLES = ("table", "partitioned table", "foreign table")
_VIEWS = ("view", "materialized view")


def relation_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """What became of every relation that was there; those of a schema that is gone are not told
    one by one.
    """
    schemas = {schema.name for schema in after.schemas}
    for old in before.relations:
        new = after.by_title.get(old.title)
        if new is None and after.has_schema_of(old, before):
            continue
        if new is None:
            if old.schema in schemas or old.oid in after.by_oid:
                yield _gone(old, after)
        elif new.oid != old.oid and not _replaced_view(old, new):
            yield from _another(old, new)
        else:
            yield from _changed(old, new)


def _replaced_view(old: Relation, new: Relation) -> bool:
    return old.kind in _VIEWS and new.kind == old.kind


def _gone(old: Relation, after: Snapshot) -> Change:
    kind = old.kind
    moved = after.by_oid.get(old.oid)
    if moved is None:
        says = f"the {kind} {old.title} is gone, and blue may use it"
        return refuse(_dropped(old), old.title, says)
    says = f"the {kind} {old.title} is {moved.title} now, and blue asks for the old name"
    if moved.schema != old.schema:
        rule, leave = "set-schema", "leave it in its schema, and move it in the contract file"
    else:
        rule, leave = _renamed(old), "keep the name; give green a view of the new one"
    return refuse(rule, old.title, says, leave)


def _dropped(relation: Relation) -> str:
    """The rule's name: that of a table for all tables, of a type for composite ones."""
    return f"drop-{relation.kind.rsplit(' ', 1)[-1]}"


def _renamed(relation: Relation) -> str:
    return "rename-object" if relation.kind == "composite type" else "rename-table"


def _another(old: Relation, new: Relation) -> Iterator[Change]:
    """Something else has the name now."""
    if new.kind == old.kind:
        says = f"the {old.kind} {old.title} was dropped and made again: what it held is gone"
        yield refuse(_dropped(old), old.title, says)
    elif old.kind in _TABLES and new.kind in (*_TABLES, *_VIEWS):
        says = (
            f"{old.title} is a {new.kind} now: ON CONFLICT, COPY, LOCK and FOR UPDATE of blue's "
            "may not do there what they did on the table"
        )
        yield review("rename-table", old.title, says)
    else:
        yield refuse(_dropped(old), old.title, f"{old.title} is a {new.kind} now")
    yield from _columns_of_another(old, new)


def _columns_of_another(old: Relation, new: Relation) -> Iterator[Change]:
    """A view has no NOT NULL and no defaults of its own: only names and types are compared."""
    quiet = ("drop-not-null", "drop-default", "drop-identity", "change-expression")
    kept = new.kind not in _VIEWS
    yield from (each for each in column_changes(old, new) if kept or each.rule not in quiet)


def _changed(old: Relation, new: Relation) -> Iterator[Change]:
    if old.kind in _TABLES:
        yield from column_changes(old, new)
        yield from constraint_changes(old, new)
        yield from behaviour_changes(old, new)
        yield from _partition(old, new)
    elif old.kind in _VIEWS:
        yield from _columns_of_another(old, new)
        yield from behaviour_changes(old, new)
        if old.definition != new.definition and old.revision != new.revision:
            says = f"the {old.kind} {old.title} has another query, and blue may read other rows"
            yield review("change-view", old.title, says)
    elif old.kind == "sequence" and old.definition != new.definition:
        says = f"the sequence {old.title} counts otherwise: {new.definition}"
        yield review("alter-sequence", old.title, says)
    elif old.kind == "composite type":
        yield from (_of_composite(each) for each in column_changes(old, new))
    if old.options != new.options and old.kind in _VIEWS:
        says = f"the view {old.title} has other options: {', '.join(new.options) or 'none'}"
        yield review("change-view", old.title, says)
    if old.owner != new.owner:
        says = f"{old.title} belongs to {new.owner} now; the right of {old.owner} is gone with it"
        yield review("change-owner", old.title, says)


def _of_composite(change: Change) -> Change:
    kept = change.rule == "rename-column"
    return change if kept else replace(change, rule="change-composite")


def _partition(old: Relation, new: Relation) -> Iterator[Change]:
    yield from (
        replace(each, rule=each.rule if old.bound or new.bound else "inherit")
        for each in _parts(old, new)
    )


def _parts(old: Relation, new: Relation) -> Iterator[Change]:
    if old.parent and new.parent != old.parent:
        says = (
            f"{old.title} is no partition of {old.parent} any more: blue does not find its rows "
            f"there, and rows for it are refused"
        )
        yield refuse("detach-partition", old.title, says)
    elif old.bound != new.bound and old.parent:
        says = f"the partition {old.title} holds other rows: {new.bound}"
        yield refuse("detach-partition", old.title, says)
    elif new.parent and not old.parent:
        says = f"{old.title} is a part of {new.parent} now: blue finds its rows there"
        yield review("attach-partition", old.title, says)
