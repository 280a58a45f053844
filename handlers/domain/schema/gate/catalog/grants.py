"""What a live catalog grants and a replayed one does not: many services grant elsewhere than in
their migrations.
"""

from collections.abc import Iterator, Sequence

from handlers.domain.schema.gate.catalog.snapshot import Privilege, Snapshot


def missing_grants(live: Snapshot, replayed: Snapshot) -> tuple[str, ...]:
    """The GRANT statements that give the replayed catalog's objects what the live ones have."""
    found: list[str] = []
    functions = {each.title: each for each in replayed.functions}
    schemas = {each.name: each for each in replayed.schemas}
    for schema in live.schemas:
        if space := schemas.get(schema.name):
            found += _grants(f"SCHEMA {_name(schema.name)}", schema.privileges, space.privileges)
    for relation in live.relations:
        if made := replayed.by_title.get(relation.title):
            kind = "SEQUENCE" if relation.kind == "sequence" else "TABLE"
            thing = f"{kind} {_name(relation.schema)}.{_name(relation.name)}"
            found += _grants(thing, relation.privileges, made.privileges)
    for function in live.functions:
        if called := functions.get(function.title):
            name = f"{_name(function.schema)}.{_name(function.name)}"
            thing = f"ROUTINE {name}({function.arguments})"
            found += _grants(thing, function.privileges, called.privileges)
    return tuple(found)


def _grants(thing: str, live: Sequence[Privilege], made: Sequence[Privilege]) -> Iterator[str]:
    for privilege in live:
        if privilege not in made:
            action, _, column = privilege.action.partition(" (")
            part = f" ({_name(column.removesuffix(')'))})" if column else ""
            everybody = privilege.grantee == "PUBLIC"
            grantee = "PUBLIC" if everybody else _name(privilege.grantee)
            yield f"GRANT {action}{part} ON {thing} TO {grantee}"


def _name(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
