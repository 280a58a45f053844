"""The database of a service, as its registration declares it."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from handlers.domain.reading.forms import ARN, CLUSTER, HOST, ROLE
from handlers.domain.reading.section import Section


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


def read_database(document: Section) -> Database | None:
    """The `database` of a registration; what is wrong with it goes to the inspection."""
    keys = ("kind", "secretArn", "clusterArn", "role", "host", "port", "name", "user", "gate")
    section = document.section("database", keys)
    if section is None:
        return None
    section.word("kind", ("postgres",), required=True)
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
        gate=cast(Any, section.word("gate", ("enforce", "report"))) or "enforce",
    )


def _refuse_endpoint(section: Section) -> None:
    for key in ("host", "port"):
        if section.has(key):
            what = f"the database has clusterArn and {key}, but the Data API connects by itself"
            section.report("Conflict", key, what, f"take out {key} or clusterArn")
