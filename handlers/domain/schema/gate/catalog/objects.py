"""What old code notices of schemas, functions, types, extensions and settings."""

from collections.abc import Iterator

from handlers.domain.schema.gate.catalog.change import Change, refuse, review
from handlers.domain.schema.gate.catalog.snapshot import Enum, Function, Snapshot


def object_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """What became of everything that was there and is no relation."""
    yield from _schemas(before, after)
    yield from _functions(before, after)
    yield from _enums(before, after)
    yield from _domains(before, after)
    yield from _extensions(before, after)
    yield from _settings(before, after)


def _schemas(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    left = {schema.name for schema in after.schemas}
    moved = {schema.oid: schema.name for schema in after.schemas if schema.oid}
    for schema in before.schemas:
        if schema.name in left:
            continue
        if schema.oid in moved:
            says = f"the schema {schema.name} is {moved[schema.oid]} now"
            yield refuse("rename-object", schema.name, f"{says}, and blue asks for the old name")
            continue
        held = sum(relation.schema == schema.name for relation in before.relations)
        says = f"the schema {schema.name} is gone with its {held} relations, and blue may use them"
        yield refuse("drop-schema", schema.name, says)


def _moved(old: Function | Enum, new: Function | Enum) -> str:
    return "rename-object" if new.schema == old.schema else "set-schema"


def _functions(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    there = {each.title: each for each in after.functions}
    by_oid = {each.oid: each for each in after.functions if each.oid}
    schemas = {schema.name for schema in after.schemas}
    for old in before.functions:
        new = there.get(old.title)
        if new is not None:
            yield from _function(old, new)
        elif after.has_schema_of(old, before):
            continue
        elif moved := by_oid.get(old.oid):
            says = f"the {old.kind} {old.title} is {moved.title} now, and blue calls the old name"
            yield refuse(_moved(old, moved), old.title, says)
        elif old.schema in schemas:
            says = f"the {old.kind} {old.title} is gone, and blue may call it"
            yield refuse("drop-function", old.title, says)


def _function(old: Function, new: Function) -> Iterator[Change]:
    if (old.result, old.kind) != (new.result, new.kind):
        says = f"{old.title} answered {old.result} and answers {new.result}"
        yield refuse("change-function", old.title, f"{says}, which blue does not expect")
    elif old.body != new.body:
        says = f"{old.title} has another body, and blue that calls it gets what green is to get"
        yield review("change-function", old.title, says)


def _enums(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    there = {each.title: each for each in after.enums}
    by_oid = {each.oid: each for each in after.enums if each.oid}
    schemas = {schema.name for schema in after.schemas}
    for old in before.enums:
        new = there.get(old.title)
        if new is not None:
            yield from _labels(old, new)
        elif after.has_schema_of(old, before):
            continue
        elif moved := by_oid.get(old.oid):
            says = f"the type {old.title} is {moved.title} now, and blue casts to the old name"
            yield refuse(_moved(old, moved), old.title, says)
        elif old.schema in schemas:
            says = f"the type {old.title} is gone, and blue may use it"
            yield refuse("drop-type", old.title, says)


def _labels(old: Enum, new: Enum) -> Iterator[Change]:
    names = dict(zip(new.oids, new.labels, strict=False))
    renamed: set[str] = set()
    for at, label in enumerate(old.labels):
        if label in new.labels:
            continue
        now = names.get(old.oids[at]) if at < len(old.oids) else None
        if now is not None:
            renamed.add(now)
        became = "gone" if now is None else f"'{now}' now"
        says = f"the label '{label}' of {old.title} is {became}"
        yield refuse("rename-enum-value", f"{old.title}.{label}", f"{says}, and blue may write it")
    for label in new.labels:
        if label not in old.labels and label not in renamed:
            says = f"{old.title} may be '{label}' now, which blue does not know when it reads it"
            yield review(
                "add-enum-value",
                f"{old.title}.{label}",
                says,
                "see that blue reads unknown labels, or write the new one only after the release",
            )


def _domains(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    there = {each.title: each for each in after.domains}
    schemas = {schema.name for schema in after.schemas}
    for old in before.domains:
        new = there.get(old.title)
        if new is None:
            if old.schema in schemas:
                says = f"the domain {old.title} is gone, and blue may cast to it"
                yield refuse("drop-type", old.title, says)
        elif old != new:
            says = f"the domain {old.title} takes other values than before, and blue may write them"
            bound = new.not_null and not old.not_null
            binds = bound or not set(new.constraints) <= set(old.constraints)
            yield review("domain-binds-blue" if binds else "loosen-domain", old.title, says)


def _extensions(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    there = {each.name: each.version for each in after.extensions}
    for old in before.extensions:
        if old.name not in there:
            says = f"the extension {old.name} is gone with all that blue may use of it"
            yield refuse("drop-extension", old.name, says)
        elif there[old.name] != old.version:
            says = f"the extension {old.name} was {old.version} and is {there[old.name]}"
            yield review("alter-extension", old.name, says)


def _settings(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    here = {(each.role, each.here, each.name): each.value for each in before.settings}
    there = {(each.role, each.here, each.name): each.value for each in after.settings}
    for key in sorted({*here, *there}):
        if here.get(key) != there.get(key):
            role, _, name = key
            whose = f"role {role}" if role else "the database"
            value = there.get(key, "not set any more")
            says = f"{name} of {whose} is {value}: blue's new connections begin with it"
            yield review("role-setting", f"{role or 'database'}.{name}", says)
