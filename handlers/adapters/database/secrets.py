"""How the migrator logs in: from a Secrets Manager secret, with an IAM token, or through the RDS
Data API.
"""

import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.errors import MigrationFailed

_SECRET = "GREENSHIFT_DATABASE_SECRET"  # noqa: S105 - the name of a variable
_HOST, _PORT = "GREENSHIFT_DATABASE_HOST", "GREENSHIFT_DATABASE_PORT"
_CLUSTER = "GREENSHIFT_DATABASE_CLUSTER"
_NAME, _USER = "GREENSHIFT_DATABASE_NAME", "GREENSHIFT_DATABASE_USER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where the database is and who we are there; `source` is where the password came from."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    tls: bool
    source: str

    @property
    def place(self) -> str:
        """`db.example:5432/orders`."""
        return f"{self.host}:{self.port}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """An Aurora cluster behind the RDS Data API, which logs in by itself with the secret."""

    arn: str
    secret: str
    name: str
    user: str

    @property
    def place(self) -> str:
        """`cluster orders/shop`."""
        return f"cluster {self.arn.rpartition(':')[2]}/{self.name}"


def has_database(environment: Mapping[str, str]) -> bool:
    """Whether the function was given a database at all."""
    return any(environment.get(name) for name in (_SECRET, _HOST, _CLUSTER))


def find_login(environment: Mapping[str, str], client: Callable[[str], Any]) -> Login | Cluster:
    """The login that the function's environment describes, asked for anew each time: secrets
    rotate.

    `client` makes the AWS client of a service. Host, port and name in the environment win over the
    secret's, because a secret that RDS manages has only user and password. Raises MigrationFailed.
    """
    if environment.get(_CLUSTER):
        return _of_cluster(environment, client)
    if arn := environment.get(_SECRET):
        return _from_secret(arn, environment, client("secretsmanager"))
    missing = [name for name in (_HOST, _NAME, _USER) if not environment.get(name)]
    if missing:
        raise MigrationFailed(f"the migrator's environment has no {', '.join(missing)}; set it")
    host, port, user = environment[_HOST], _port(environment.get(_PORT)), environment[_USER]
    token = client("rds").generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user)
    return Login(
        host=host,
        port=port,
        name=environment[_NAME],
        user=user,
        password=token,
        tls=True,
        source="IAM (the database user needs GRANT rds_iam)",
    )


def _of_cluster(environment: Mapping[str, str], client: Callable[[str], Any]) -> Cluster:
    missing = [name for name in (_SECRET, _NAME) if not environment.get(name)]
    if missing:
        raise MigrationFailed(f"the migrator's environment has no {', '.join(missing)}; set it")
    arn = environment[_SECRET]
    text = client("secretsmanager").get_secret_value(SecretId=arn).get("SecretString")
    user = _read(arn, text).get("username")
    if not isinstance(user, str) or not user:
        raise MigrationFailed(f"the secret {arn} has no username; add it")
    return Cluster(arn=environment[_CLUSTER], secret=arn, name=environment[_NAME], user=user)


def _from_secret(arn: str, environment: Mapping[str, str], secrets_manager: Any) -> Login:
    found = _read(arn, secrets_manager.get_secret_value(SecretId=arn).get("SecretString"))
    engine = str(found.get("engine", "postgres"))
    if "postgres" not in engine:
        raise MigrationFailed(f"the secret {arn} is of the engine {engine[:40]}, not of PostgreSQL")
    values: dict[str, Any] = {
        "host": environment.get(_HOST) or found.get("host"),
        "dbname": environment.get(_NAME) or found.get("dbname"),
        "username": found.get("username"),
        "password": found.get("password"),
    }
    missing = [key for key, value in values.items() if not isinstance(value, str) or not value]
    if missing:
        raise MigrationFailed(f"the secret {arn} has no {', '.join(missing)}; add it")
    return Login(
        host=values["host"],
        port=_port(environment.get(_PORT) or found.get("port")),
        name=values["dbname"],
        user=values["username"],
        password=values["password"],
        tls=_tls(arn, found.get("sslmode"), values["host"]),
        source=f"the secret {arn}",
    )


def _read(arn: str, text: object) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise MigrationFailed(
            f"the secret {arn} is not the JSON object that RDS writes; correct it"
        )
    return found


def _port(value: object) -> int:
    try:
        port = int(str(value or 5432))
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise MigrationFailed(f"the database's port is {str(value)[:40]}; write a number to 65535")
    return port


def _tls(arn: str, mode: object, host: str) -> bool:
    if mode != "disable":
        return True
    if not _is_loopback(host):
        raise MigrationFailed(
            f"the secret {arn} turns TLS off for {host}, which is another machine; take sslmode out"
        )
    return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
