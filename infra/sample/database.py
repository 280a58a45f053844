"""Prepares a PostgreSQL of one's own machine for `orders`: database, roles and their secrets."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pg8000.native import Connection, identifier, literal

from infra.local.environment import Environment
from infra.local.postgres import Database

NAME = "orders"
OWNER = "orders_owner"
"""The migrator: owns the database and what migrations make in it."""
APP = "orders_app"
"""The code of the releases: reads and writes, and changes no schema."""

_MOST_CONNECTIONS = 150  # of the server's 200: one for each execution environment


@dataclass(frozen=True, slots=True)
class DatabaseSecrets:
    """The ARNs of what each role logs in with, in the form that RDS writes."""

    app: str
    migrator: str


def prepare_database(environment: Environment) -> DatabaseSecrets:
    """Makes what is missing and sets new passwords; safe to repeat, and existing orders stay.

    Raises ValueError for an environment without a database.
    """
    database = environment.database
    if database is None:
        raise ValueError("the environment has no database; start it with one")
    passwords = {role: secrets.token_urlsafe(18) for role in (OWNER, APP)}
    with _superuser(database, database.name) as connection:
        _make_roles(connection, passwords)
    with _superuser(database, NAME) as connection:
        _let_app_use_what_owner_makes(connection)
    client = environment.client("secretsmanager")
    arns = {
        role: _keep(client, f"orders/{role}", _as_rds_writes(database, role, password))
        for role, password in passwords.items()
    }
    return DatabaseSecrets(app=arns[APP], migrator=arns[OWNER])


@contextmanager
def _superuser(database: Database, name: str) -> Iterator[Connection]:
    connection = Connection(
        database.user,
        host=database.host,
        port=database.port,
        database=name,
        password=database.password,
        timeout=10,
    )
    try:
        yield connection
    finally:
        connection.close()


def _make_roles(connection: Connection, passwords: dict[str, str]) -> None:
    known = {name for (name,) in connection.run("SELECT rolname::text FROM pg_roles")}
    for role, password in passwords.items():
        verb = "ALTER" if role in known else "CREATE"
        connection.run(f"{verb} ROLE {identifier(role)} LOGIN PASSWORD {literal(password)}")
    connection.run(f"ALTER ROLE {APP} CONNECTION LIMIT {_MOST_CONNECTIONS}")
    # The gate tries migrations on a scratch database, with the app's statements as the app.
    connection.run(f"ALTER ROLE {OWNER} CREATEDB")
    connection.run(f"GRANT {APP} TO {OWNER}")
    if not connection.run("SELECT 1 FROM pg_database WHERE datname = :name", name=NAME):
        connection.run(f"CREATE DATABASE {NAME} OWNER {OWNER}")
    connection.run(f"REVOKE ALL ON DATABASE {NAME} FROM PUBLIC")
    connection.run(f"GRANT CONNECT ON DATABASE {NAME} TO {APP}")


def _let_app_use_what_owner_makes(connection: Connection) -> None:
    connection.run(f"GRANT USAGE ON SCHEMA public TO {APP}")
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
    connection.run(f"{defaults} GRANT SELECT, INSERT, UPDATE ON TABLES TO {APP}")
    connection.run(f"{defaults} GRANT USAGE ON SEQUENCES TO {APP}")


def _as_rds_writes(database: Database, role: str, password: str) -> str:
    return json.dumps(
        {
            "engine": "postgres",
            "host": database.host,
            "port": database.port,
            "dbname": NAME,
            "username": role,
            "password": password,
            "sslmode": "disable",  # loopback: nothing leaves the machine
        }
    )


def _keep(client: Any, name: str, text: str) -> str:
    try:
        return str(client.create_secret(Name=name, SecretString=text)["ARN"])
    except client.exceptions.ResourceExistsException:
        return str(client.put_secret_value(SecretId=name, SecretString=text)["ARN"])
