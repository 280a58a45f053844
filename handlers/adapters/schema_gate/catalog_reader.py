"""Reads the catalog of the session's database."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from handlers.adapters.database.session import Session
from handlers.adapters.schema_gate import catalog_queries as ask
from handlers.domain.schema.gate.catalog.snapshot import (
    Column,
    Constraint,
    Domain,
    Enum,
    Extension,
    Function,
    Index,
    Policy,
    Privilege,
    Relation,
    Rule,
    Schema,
    Setting,
    Snapshot,
    Trigger,
)

_RELATIONS = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
    "c": "composite type",
}
_CONSTRAINTS = {
    "c": "check",
    "u": "unique",
    "p": "primary key",
    "f": "foreign key",
    "x": "exclude",
}
_FUNCTIONS = {"f": "function", "p": "procedure", "a": "aggregate", "w": "window function"}
_IDENTITY = {"a": "always", "d": "by default", "": ""}
_GENERATED = {"s": "stored", "v": "virtual", "": ""}
_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}


def read_catalog(session: Session) -> Snapshot:
    """The catalog as one transaction sees it, however others change it meanwhile."""
    with session.transaction("search_path = pg_catalog"):
        session.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _read(session)


def _read(session: Session) -> Snapshot:
    given = _Privileges.of(session.run(ask.PRIVILEGES))
    parts = _Parts(session)
    return Snapshot(
        schemas=tuple(
            Schema(name=name, oid=oid, privileges=given.of_schema[oid])
            for oid, name in session.run(ask.SCHEMAS)
        ),
        relations=tuple(
            parts.relation(row, given.of_relation[row[0]]) for row in session.run(ask.RELATIONS)
        ),
        functions=tuple(_function(row, given) for row in session.run(ask.FUNCTIONS)),
        enums=tuple(
            Enum(schema=schema, name=name, labels=tuple(labels), oid=oid, oids=tuple(oids))
            for oid, schema, name, labels, oids in session.run(ask.ENUMS)
        ),
        domains=tuple(
            Domain(
                schema=schema,
                name=name,
                type=type_,
                not_null=not_null,
                default=default,
                constraints=tuple(constraints),
                oid=oid,
            )
            for oid, schema, name, type_, not_null, default, constraints in session.run(ask.DOMAINS)
        ),
        extensions=tuple(Extension(*row) for row in session.run(ask.EXTENSIONS)),
        settings=tuple(Setting(*row) for row in session.run(ask.SETTINGS)),
    )


def _none() -> defaultdict[int, tuple[Privilege, ...]]:
    return defaultdict(tuple)


@dataclass(slots=True)
class _Privileges:
    of_relation: defaultdict[int, tuple[Privilege, ...]] = field(default_factory=_none)
    of_function: defaultdict[int, tuple[Privilege, ...]] = field(default_factory=_none)
    of_schema: defaultdict[int, tuple[Privilege, ...]] = field(default_factory=_none)

    @classmethod
    def of(cls, rows: Iterable[list[Any]]) -> "_Privileges":
        found = cls()
        by_kind = {
            "relation": found.of_relation,
            "function": found.of_function,
            "schema": found.of_schema,
        }
        for kind, oid, part, grantee, action in rows:
            privilege = Privilege(grantee, f"{action} ({part})" if part else action)
            by_kind[kind][oid] += (privilege,)
        return found


class _Parts:
    """What belongs to relations, by their number."""

    def __init__(self, session: Session) -> None:
        self._columns = _grouped(session.run(ask.COLUMNS), _column)
        self._constraints = _grouped(session.run(ask.CONSTRAINTS), _constraint)
        self._indexes = _grouped(session.run(ask.INDEXES), _index)
        self._triggers = _grouped(session.run(ask.TRIGGERS), _trigger)
        self._rules = _grouped(session.run(ask.RULES), _rule)
        self._policies = _grouped(session.run(ask.POLICIES), _policy)

    def relation(self, row: list[Any], privileges: tuple[Privilege, ...]) -> Relation:
        oid, schema, name, kind, persistence, secured, forced, *rest = row
        definition, parent, bound, options, revision, owner = rest
        return Relation(
            schema=schema,
            name=name,
            kind=_RELATIONS[kind],
            persistence=persistence,
            columns=self._columns[oid],
            constraints=self._constraints[oid],
            indexes=self._indexes[oid],
            triggers=self._triggers[oid],
            rules=self._rules[oid],
            policies=self._policies[oid],
            row_security=secured,
            forced_row_security=forced,
            definition=definition,
            parent=parent,
            bound=bound,
            options=tuple(sorted(options)),
            privileges=privileges,
            oid=oid,
            revision=revision,
            owner=owner,
        )


def _grouped(rows: Iterable[list[Any]], make: Any) -> defaultdict[int, tuple[Any, ...]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for oid, *rest in rows:
        found[oid].append(make(*rest))
    return defaultdict(tuple, {oid: tuple(parts) for oid, parts in found.items()})


def _column(*row: Any) -> Column:
    name, type_, not_null, default, identity, generated, collation, number = row
    return Column(
        name=name,
        type=type_,
        not_null=not_null,
        default=default,
        identity=_IDENTITY[identity],
        generated=_GENERATED[generated],
        collation=None if collation in (None, "-") else collation,
        number=number,
    )


def _constraint(*row: Any) -> Constraint:
    name, kind, definition, validated, oid, columns = row
    return Constraint(
        name=name,
        kind=_CONSTRAINTS[kind],
        definition=definition,
        validated=validated,
        columns=tuple(columns),
        oid=oid,
    )


def _index(*row: Any) -> Index:
    name, definition, unique, valid, oid, backs, columns = row
    return Index(
        name=name,
        definition=definition,
        unique=unique,
        valid=valid,
        backs=backs,
        columns=tuple(columns),
        oid=oid,
    )


def _trigger(name: str, definition: str, enabled: str) -> Trigger:
    return Trigger(name=name, definition=definition, enabled=enabled)


def _rule(name: str, definition: str, enabled: str) -> Rule:
    return Rule(name=name, definition=definition, enabled=enabled)


def _policy(*row: Any) -> Policy:
    name, command, permissive, roles, using, check = row
    return Policy(
        name=name,
        command=_COMMANDS[command],
        permissive=permissive,
        roles=tuple(roles),
        using=using,
        check=check,
    )


def _function(row: list[Any], given: _Privileges) -> Function:
    oid, schema, name, arguments, kind, result, volatility, definer, body = row
    return Function(
        schema=schema,
        name=name,
        arguments=arguments,
        kind=_FUNCTIONS[kind],
        result=result,
        volatility=volatility,
        security_definer=definer,
        body=body,
        privileges=given.of_function[oid],
        oid=oid,
    )
