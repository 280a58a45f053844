"""The database of a service, as its registration declares it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from handlers.domain.reading.forms import ARN, CLUSTER, DYNAMO_NAME, HOST, ROLE, TABLE_KEY
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section

MOST_TABLES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The service's one database, reached by a secret or, without one, by an IAM token.

    `role` is the one that the service's code runs as. `gate` says whether the compatibility gate
    stops a migration that would break blue (`enforce`) or only tells of it (`report`). With
    `secret_arn` the host, port and name here win over those in the secret; without it `host`,
    `name` and `user` are always there. With `cluster_arn` it is reached through the RDS Data API:
    `secret_arn` and `name` are there, host and port are not.
    """

    kind: Literal["postgres"]
    role: str
    secret_arn: str | None = None
    cluster_arn: str | None = None
    host: str | None = None
    port: int | None = None
    name: str | None = None
    user: str | None = None
    gate: Literal["enforce", "report"] = "enforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoTables:
    """DynamoDB: the names of the service's tables, by the keys that its bundles use. `gate` as with
    `Database`.
    """

    kind: Literal["dynamodb"]
    tables: Mapping[str, str]
    gate: Literal["enforce", "report"] = "enforce"


def read_database(document: Section) -> Database | DynamoTables | None:
    """The `database` of a registration; what is wrong with it goes to the inspection."""
    written = document.values.get("database")
    if isinstance(written, Mapping) and written.get("kind") == "dynamodb":
        return _read_tables(document)
    keys = ("kind", "secretArn", "clusterArn", "role", "host", "port", "name", "user", "gate")
    section = document.section("database", keys)
    if section is None:
        return None
    section.word("kind", ("postgres", "dynamodb"), required=True)
    section.one_of(("secretArn", "user"), "the database")
    by_token, by_data_api = section.has("user"), section.has("clusterArn")
    if by_data_api:
        _refuse_endpoint(section)
    return Database(
        kind="postgres",
        role=section.text("role", ROLE, required=True) or "",
        secret_arn=section.text("secretArn", ARN, required=by_data_api),
        cluster_arn=section.text("clusterArn", CLUSTER),
        host=section.text("host", HOST, required=by_token),
        port=section.whole("port", 1, 65535),
        name=section.text("name", ROLE, required=by_token or by_data_api),
        user=section.text("user", ROLE),
        gate=_gate(section),
    )


def _refuse_endpoint(section: Section) -> None:
    for key in ("host", "port"):
        if section.has(key):
            what = f"the database has clusterArn and {key}, but the Data API connects by itself"
            section.report("Conflict", key, what, f"take out {key} or clusterArn")


def _read_tables(document: Section) -> DynamoTables | None:
    section = document.section("database", ("kind", "tables", "gate"))
    assert section is not None
    table = section.table("tables", required=True)
    if table is not None and not 1 <= len(table) <= MOST_TABLES:
        what = f"the service has {len(table)} tables"
        section.report("OutOfRange", "tables", what, f"register between 1 and {MOST_TABLES}")
    names = Section(section.inspection, (*section.path, "tables"), table or {}, keys=table or {})
    found: dict[str, str] = {}
    for key in table or {}:
        if not TABLE_KEY.fits(key):
            what = f"{show(key)} is not a table's key"
            names.report("BadValue", key, what, f"name it as {TABLE_KEY.says}")
        name = names.text(key, DYNAMO_NAME)
        if name in found.values():
            do = "register each table once"
            names.report("Duplicate", key, f"{name} is registered already", do)
        found[key] = name or ""
    return DynamoTables(kind="dynamodb", tables=found, gate=_gate(section))


def _gate(section: Section) -> Literal["enforce", "report"]:
    word = section.word("gate", ("enforce", "report")) or "enforce"
    return cast(Literal["enforce", "report"], word)
