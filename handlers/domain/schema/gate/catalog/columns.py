"""What old code notices of a table's columns."""

from collections.abc import Iterator

from handlers.domain.schema.gate.catalog.change import Change, refuse, review
from handlers.domain.schema.gate.catalog.snapshot import Column, Relation
from handlers.domain.schema.gate.catalog.types import type_change
from handlers.domain.schema.gate.rules.type_names import widens

_TWIN = (
    "add a column of the new type beside it, write both by a trigger, fill it by a backfill file, "
    "and drop the old one in the contract file"
)


def column_changes(before: Relation, after: Relation) -> Iterator[Change]:
    """The changes of columns that were there, and new ones that old writers cannot satisfy."""
    there = {column.name: column for column in after.columns}
    known = {column.name for column in before.columns}
    keys = _key(after) - _key(before)
    for column in before.columns:
        if column.name in there:
            found = _changes(before.title, column, there[column.name])
            implied = "not-null-binds-blue" if column.name in keys else ""
            yield from (each for each in found if each.rule != implied)
        else:
            yield _gone(before, after, column)
    renamed = {column.number for column in before.columns} if before.oid == after.oid else set()
    for column in after.columns:
        if column.name not in known and column.number not in renamed:
            yield from _new(before.title, column)


def _gone(before: Relation, after: Relation, column: Column) -> Change:
    what = f"{before.title}.{column.name}"
    if before.oid == after.oid:
        for other in after.columns:
            if other.number == column.number:
                return refuse(
                    "rename-column",
                    what,
                    f"the column {what} is called {other.name} now, and blue asks for it by the "
                    "old name",
                    f"add the column {other.name} beside it, write both by a trigger, and drop "
                    "the old one in the contract file",
                )
    return refuse("drop-column", what, f"the column {what} is gone, and blue may read or write it")


def _new(title: str, column: Column) -> Iterator[Change]:
    given = column.default is not None or column.identity or column.generated
    if column.not_null and not given:
        what = f"{title}.{column.name}"
        yield refuse(
            "add-column-not-null",
            what,
            f"the new column {what} is NOT NULL without a default, and blue's INSERT does not "
            "know it",
            f"ALTER TABLE {title} ALTER COLUMN {column.name} SET DEFAULT …, or leave it nullable "
            "until the contract file",
        )


def _key(relation: Relation) -> set[str]:
    """The columns of the primary key, which are NOT NULL by it."""
    held = relation.constraints
    return {column for each in held if each.kind == "primary key" for column in each.columns}


def _changes(title: str, before: Column, after: Column) -> Iterator[Change]:
    what = f"{title}.{before.name}"
    yield from _type(what, before, after)
    yield from _null(title, before, after)
    yield from _default(what, before, after)
    yield from _identity(what, before, after)
    if before.collation != after.collation:
        yield review("change-column-type", what, f"{what} is sorted and compared in another way")


def _type(what: str, before: Column, after: Column) -> Iterator[Change]:
    said = f"{what} was {before.type} and is {after.type}"
    match type_change(before.type, after.type):
        case "wider":
            yield review(
                "widen-column-type" if widens(before.type, after.type) else "change-column-type",
                what,
                f"{said}: connections that have prepared a query for it fail with 0A000, and blue "
                "may read values that are larger than it knows",
                "let warm connections be made anew after the change",
            )
        case "narrower":
            yield refuse(
                "change-column-type", what, f"{said}: what blue writes may not fit any more", _TWIN
            )
        case "other":
            says = f"{said}: blue reads and writes another type"
            yield refuse("change-column-type", what, says, _TWIN)


def _null(title: str, before: Column, after: Column) -> Iterator[Change]:
    what = f"{title}.{before.name}"
    if after.not_null and not before.not_null:
        yield review(
            "not-null-binds-blue",
            what,
            f"{what} takes no NULL any more, and blue may omit it or write NULL",
            f"ALTER TABLE {title} ADD CONSTRAINT {before.name}_not_null CHECK ({before.name} IS "
            "NOT NULL) NOT VALID; VALIDATE and SET NOT NULL in the contract file",
        )
    if before.not_null and not after.not_null:
        yield review("drop-not-null", what, f"blue may read NULL in {what}, which it never did")


def _default(what: str, before: Column, after: Column) -> Iterator[Change]:
    if before.generated != after.generated:
        says = "is computed now, and blue's writes to it fail"
        if not after.generated:
            says = "is not computed any more, and rows that blue writes have none"
        yield refuse("change-expression", what, f"{what} {says}")
    elif before.default == after.default or before.default is None:
        return
    elif after.default is None:
        fails = after.not_null and not after.identity
        judge = refuse if fails else review
        yield judge("drop-default", what, f"{what} has no default any more, and blue may omit it")
    else:
        says = f"rows that blue writes without {what} get {after.default}, not {before.default}"
        yield review("change-default", what, says)


def _identity(what: str, before: Column, after: Column) -> Iterator[Change]:
    if before.identity == after.identity:
        return
    if after.identity == "always":
        says = f"{what} is GENERATED ALWAYS now, and blue's INSERT may give its own value"
        yield refuse("identity-always", what, says, "SET GENERATED BY DEFAULT")
    elif not after.identity and after.default is None:
        yield refuse("drop-identity", what, f"{what} numbers itself no more, and blue may omit it")
