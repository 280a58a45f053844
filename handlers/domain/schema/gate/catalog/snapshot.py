"""The catalog of one database at one moment, without Greenshift's own schema and the system's.

Fields that `compare=False` marks hold only within that one database: they tell a rename from a drop
and count neither for the fingerprint nor for differences. Definitions are as PostgreSQL writes
them, every name with its schema.
"""

from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, order=True)
class Privilege:
    """A role other than the owner and no superuser may do this; `PUBLIC` is everybody. `action` is
    as `SELECT`, or `SELECT (name)` for one column.
    """

    grantee: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`type` is as `format_type` writes it; `identity` is empty, `always` or `by default`,
    `generated` empty, `stored` or `virtual`; `collation` is None where it is the type's own.
    """

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    identity: str = ""
    generated: str = ""
    collation: str | None = None
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """`kind` is one of check, unique, primary key, foreign key, exclude."""

    name: str
    kind: str
    definition: str
    validated: bool = True
    columns: tuple[str, ...] = ()
    oid: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`backs` is whether a constraint of its table stands on it; expressions are no columns."""

    name: str
    definition: str
    unique: bool = False
    valid: bool = True
    backs: bool = False
    columns: tuple[str, ...] = ()
    oid: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """`enabled` is `O` origin, `D` disabled, `R` replica, `A` always."""

    name: str
    definition: str
    enabled: str = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rewrite rule other than a view's own."""

    name: str
    definition: str
    enabled: str = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A row security policy; `permissive` ones add rows, the others take away."""

    name: str
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table, partitioned or foreign table, view, materialized view, sequence or composite type.

    `definition` is a view's query, a sequence's numbers or a partitioned table's key; `bound` is
    what a partition holds of `parent`, empty for a child that inherits. `revision` changes when a
    view is replaced. `owner` differs between a scratch database and the true one.
    """

    schema: str
    name: str
    kind: str
    persistence: str = "p"
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rules: tuple[Rule, ...] = ()
    policies: tuple[Policy, ...] = ()
    row_security: bool = False
    forced_row_security: bool = False
    definition: str = ""
    parent: str = ""
    bound: str = ""
    options: tuple[str, ...] = ()
    privileges: tuple[Privilege, ...] = ()
    oid: int = field(default=0, compare=False)
    revision: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    @property
    def title(self) -> str:
        """`public.orders`."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function, procedure, aggregate or window function; `body` is the hash of its definition."""

    schema: str
    name: str
    arguments: str
    kind: str = "function"
    result: str = ""
    volatility: str = "v"
    security_definer: bool = False
    body: str = ""
    privileges: tuple[Privilege, ...] = ()
    oid: int = field(default=0, compare=False)

    @property
    def title(self) -> str:
        """`public.order_total(bigint)`."""
        return f"{self.schema}.{self.name}({self.arguments})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """An enum type with its labels in their order; `oids` are those of the labels."""

    schema: str
    name: str
    labels: tuple[str, ...]
    oid: int = field(default=0, compare=False)
    oids: tuple[int, ...] = field(default=(), compare=False)

    @property
    def title(self) -> str:
        """`public.order_state`."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain over another type, and the definitions of its constraints."""

    schema: str
    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    constraints: tuple[str, ...] = ()
    oid: int = field(default=0, compare=False)

    @property
    def title(self) -> str:
        """`public.email`."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A namespace and who may use it."""

    name: str
    privileges: tuple[Privilege, ...] = ()
    oid: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension; what belongs to it is not told apart."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What a session begins with: of one role, or of all (`role` empty), in this database or, where
    not `here`, in every one.
    """

    role: str
    here: bool
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The whole catalog; each kind sorted by name."""

    schemas: tuple[Schema, ...] = ()
    relations: tuple[Relation, ...] = ()
    functions: tuple[Function, ...] = ()
    enums: tuple[Enum, ...] = ()
    domains: tuple[Domain, ...] = ()
    extensions: tuple[Extension, ...] = ()
    settings: tuple[Setting, ...] = ()

    @cached_property
    def by_title(self) -> dict[str, Relation]:
        """Relations by `schema.name`."""
        return {relation.title: relation for relation in self.relations}

    @cached_property
    def by_oid(self) -> dict[int, Relation]:
        """Relations by their number in this database; empty for one that was never in any."""
        return {relation.oid: relation for relation in self.relations if relation.oid}

    def has_schema_of(self, old: Relation | Enum | Function, before: "Snapshot") -> bool:
        """Whether the schema of what was there goes by another name now, and nothing else did."""
        oid = next((each.oid for each in before.schemas if each.name == old.schema), 0)
        return any(each.oid == oid and each.name != old.schema for each in self.schemas if oid)

    @property
    def anything(self) -> bool:
        """Whether there is anything that old code could know."""
        return bool(self.relations or self.functions or self.enums or self.domains)

    def columns(self) -> dict[str, dict[str, str]]:
        """Types of columns by name, by `schema.table`, as the rules on the syntax tree take it."""
        return {
            relation.title: {column.name: column.type for column in relation.columns}
            for relation in self.relations
            if relation.columns
        }
