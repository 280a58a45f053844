"""One catalog known again by its fingerprint, and two told apart in plain words."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from handlers.domain.schema.gate.catalog.snapshot import (
    Constraint,
    Domain,
    Enum,
    Function,
    Privilege,
    Relation,
    Setting,
    Snapshot,
)

_WATCHING = frozenset(
    {
        "pg_buffercache",
        "pg_stat_kcache",
        "pg_stat_statements",
        "pg_wait_sampling",
        "pgaudit",
        "pgstattuple",
    }
)


def fingerprint(snapshot: Snapshot) -> str:
    """`sha256:…` of what the catalog holds; the same for two databases that differ in nothing that
    counts.
    """
    text = json.dumps(_plain(snapshot), sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def without_administration(snapshot: Snapshot) -> Snapshot:
    """The catalog as if nobody had been granted anything, and without extensions that only watch:
    who runs the database sees to these, elsewhere than in migrations.
    """
    return replace(
        snapshot,
        extensions=tuple(each for each in snapshot.extensions if each.name not in _WATCHING),
        schemas=tuple(replace(each, privileges=()) for each in snapshot.schemas),
        relations=tuple(replace(each, privileges=()) for each in snapshot.relations),
        functions=tuple(replace(each, privileges=()) for each in snapshot.functions),
    )


def differences(live: Snapshot, replayed: Snapshot) -> tuple[str, ...]:
    """What the live catalog has that no migration makes, lacks of what they make, or has otherwise.

    Both must come from servers of the same version: each writes definitions in its own way.
    """
    found: list[str] = []
    for section in fields(Snapshot):
        here = {_name(each): each for each in getattr(live, section.name)}
        made = {_name(each): each for each in getattr(replayed, section.name)}
        for name in sorted({*here, *made}):
            if name not in made:
                found.append(f"there is the {name}, which no migration makes")
            elif name not in here:
                found.append(f"the {name} is missing, which the migrations make")
            elif here[name] != made[name]:
                found += _differing(name, here[name], made[name])
    return tuple(found)


def _differing(name: str, live: Any, made: Any) -> Iterator[str]:
    for part in fields(live):
        ours, theirs = getattr(live, part.name), getattr(made, part.name)
        if not part.compare or ours == theirs:
            continue
        if isinstance(ours, tuple) and any(is_dataclass(each) for each in (*ours, *theirs)):
            yield from _parts(name, part.name, ours, theirs)
        else:
            what = part.name.replace("_", " ")
            yield f"{name}: {what} is {_said(ours)}, the migrations make it {_said(theirs)}"


def _parts(name: str, section: str, live: Any, made: Any) -> Iterator[str]:
    here, there = {_name(each): each for each in live}, {_name(each): each for each in made}
    for part, ours in here.items():
        if part not in there:
            yield f"{name} has the {part}, which no migration makes"
        elif ours != there[part]:
            yield from _differing(f"{part} of {name}", ours, there[part])
    for part in there:
        if part not in here:
            yield f"{name} has no {part}, which the migrations make"
    common = [part for part in here if part in there]
    if common != [part for part in there if part in here]:
        yield f"{name}: its {section} are in another order than the migrations make"


def _name(thing: Any) -> str:
    """What a person calls it: `table public.orders`, `column note`, `privilege SELECT of blue`."""
    match thing:
        case Relation() | Function():
            return f"{thing.kind} {thing.title}"
        case Privilege():
            return f"privilege {thing.action} of {thing.grantee}"
        case Setting():
            whose = f"role {thing.role}" if thing.role else "every role"
            return f"setting {thing.name} of {whose}{'' if thing.here else ' in every database'}"
        case Enum():
            return f"enum type {thing.title}"
        case Domain():
            return f"domain {thing.title}"
        case Constraint():
            return f"{thing.kind} constraint {thing.name}"
    return f"{type(thing).__name__.lower()} {thing.name}"


def _said(value: object) -> str:
    match value:
        case None | "" | ():
            return "not set"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(str(each) for each in value)
    return str(value)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        kept: Mapping[str, Any] = {
            part.name: _plain(getattr(value, part.name)) for part in fields(value) if part.compare
        }
        return kept
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
