"""What old code notices of a table's constraints and indexes."""

import re
from collections.abc import Iterator

from handlers.domain.schema.gate.catalog.change import Change, refuse, review
from handlers.domain.schema.gate.catalog.snapshot import Constraint, Index, Relation

_ADDED = {
    "check": ("check-binds-blue", "rows that blue writes may violate it"),
    "unique": ("unique-binds-blue", "rows that blue writes may be duplicates by it"),
    "primary key": ("add-primary-key", "rows that blue writes may have no key or the same one"),
    "foreign key": ("foreign-key-binds-blue", "rows that blue writes or deletes may violate it"),
    "exclude": ("add-exclusion", "rows that blue writes may be in conflict by it"),
}
_DROPPED = {
    "check": "blue may read values that it never had to expect",
    "foreign key": "what it cascaded or refused for blue it does no more",
}
_NOT_NULL = re.compile(r"CHECK \(\((\w+|\"[^\"]+\") IS NOT NULL\)\)")
_CALLED = ("unique", "primary key", "exclude")
_ON_CONFLICT = "blue's ON CONFLICT finds no unique constraint, and duplicates get in"
_EXCUSE = "see that blue's writes fit it, and waive it with that reason; else contract with it"


def constraint_changes(before: Relation, after: Relation) -> Iterator[Change]:
    """Constraints that were added to, taken from or renamed on a table that was there."""
    fresh = {each.name for each in after.columns} - {each.name for each in before.columns}
    yield from _added(before, after, fresh)
    for held in before.constraints:
        what = f"{before.title}.{held.name}"
        kept = [each for each in after.constraints if _same(held, each)]
        if not kept:
            yield from _dropped(before, after, held)
        elif held.kind in _CALLED and all(each.name != held.name for each in kept):
            says = f"the constraint {what} is called {kept[0].name} now: ON CONFLICT ON CONSTRAINT"
            yield review("rename-constraint", what, f"{says} does not find it")
    yield from _indexes(before, after, fresh)


def _added(before: Relation, after: Relation, fresh: set[str]) -> Iterator[Change]:
    for new in after.constraints:
        known = any(_same(held, new) for held in before.constraints)
        if known or _only_new(new, fresh):
            continue
        rule, risk = _binds(new, fresh)
        what = f"{before.title}.{new.name}"
        says = f"the new constraint {what} holds for every row from now on, and {risk}"
        yield review(rule, what, f"{says}: {new.definition}", _EXCUSE)


def _binds(constraint: Constraint, fresh: set[str]) -> tuple[str, str]:
    """A rule's name, and what blue's rows may do; CHECK (c IS NOT NULL) is a NOT NULL."""
    if _NOT_NULL.match(constraint.definition) and len(constraint.columns) == 1:
        new = set(constraint.columns) <= fresh
        rule = "add-column-not-null" if new else "not-null-binds-blue"
        return rule, "blue may leave the column out or write NULL"
    return _ADDED[constraint.kind]


def _only_new(constraint: Constraint, fresh: set[str]) -> bool:
    """Whether it asks only for columns that blue leaves NULL, and lets NULL pass."""
    asks = bool(constraint.columns) and set(constraint.columns) <= fresh
    return asks and constraint.kind != "primary key" and "IS NOT NULL" not in constraint.definition


def _dropped(before: Relation, after: Relation, held: Constraint) -> Iterator[Change]:
    what = f"{before.title}.{held.name}"
    columns = {column.name for column in after.columns}
    if held.columns and not set(held.columns) <= columns:
        return  # it went with its column, which is said already
    if held.kind in _DROPPED:
        says = f"the constraint {what} is gone: {_DROPPED[held.kind]}"
        yield review("drop-constraint", what, says)
    elif not _still_unique(held, after):
        says = f"the {held.kind} constraint {what} is gone: {_ON_CONFLICT}"
        yield refuse("drop-constraint", what, says)


def _still_unique(held: Constraint, after: Relation) -> bool:
    return held.kind != "exclude" and any(
        index.unique
        and index.valid
        and index.columns == held.columns
        and " WHERE " not in index.definition
        for index in after.indexes
    )


def _indexes(before: Relation, after: Relation, fresh: set[str]) -> Iterator[Change]:
    for new in after.indexes:
        known = any(_alike(old, new) for old in before.indexes)
        only_new = bool(new.columns) and set(new.columns) <= fresh
        if new.unique and not new.backs and not known and not only_new:
            what = f"{after.schema}.{new.name}"
            says = f"the new unique index {what} on {before.title} refuses duplicates from now on"
            yield review("unique-binds-blue", what, f"{says}, and blue may write them", _EXCUSE)
    columns = {column.name for column in after.columns}
    for old in before.indexes:
        kept = any(_alike(old, new) for new in after.indexes)
        if old.backs or not old.valid or kept or not set(old.columns) <= columns:
            continue
        what = f"{before.schema}.{old.name}"
        if old.unique:
            yield refuse("drop-index", what, f"the unique index {what} is gone: {_ON_CONFLICT}")
        else:
            says = f"the index {what} is gone, and blue's queries that used it read whole tables"
            yield review("drop-index", what, says)


def _same(before: Constraint, after: Constraint) -> bool:
    """Whether a constraint asks what the other one asked. The very same one does, even where what
    it names is called otherwise by now; whether it was validated makes no difference to writers.
    """
    if before.oid and before.oid == after.oid:
        return True
    asks = before.definition.removesuffix(" NOT VALID")
    return before.kind == after.kind and asks == after.definition.removesuffix(" NOT VALID")


def _alike(before: Index, after: Index) -> bool:
    """Whether an index does what the other one did, whatever the two are called."""
    if before.oid and before.oid == after.oid:
        return True
    shapes = (each.definition.partition(" USING ")[2] for each in (before, after))
    return before.unique == after.unique and len(set(shapes)) == 1
