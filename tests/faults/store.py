"""The service's database: PostgreSQL itself, as it was before each case, every statement on the wire."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pg8000.native import Connection

from handlers.adapters.database.postgres import Session
from handlers.gating import in_deployment
from infra.local.postgres import Database, Postgres
from tests.faults.calls import SQL, sql_subject

if TYPE_CHECKING:
    from tests.faults.world import World

ROWS = 30
FIRST = {
    "0001_orders.expand.sql": "CREATE TABLE orders (id int PRIMARY KEY, old text);\n"
    f"INSERT INTO orders SELECT n, 'x' FROM generate_series(1, {ROWS}) n;"
}
SECOND = {
    **FIRST,
    "0002_channel.expand.sql": "ALTER TABLE orders ADD COLUMN channel text;\n"
    "CREATE INDEX CONCURRENTLY orders_by_channel ON orders (channel);",
    "0002_channel.backfill.sql": "-- table: orders\n-- key: id\n-- batch: 10\n"
    "UPDATE orders SET channel = 'web' WHERE id > $1 AND id <= $2 AND channel IS NULL",
    "0002_channel.contract.sql": "ALTER TABLE orders DROP COLUMN old;",
}
_NAME, _KEPT = "shop", '"shop {}"'


class Store:
    """One database, which can be put back to what it was."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._do(f"CREATE DATABASE {_NAME}")

    def login(self) -> dict[str, Any]:
        """What the migrator's secret holds."""
        at = self._database
        place = {"host": at.host, "port": at.port, "dbname": _NAME, "sslmode": "disable"}
        return {**place, "username": at.user, "password": at.password}

    def keep(self, name: str) -> None:
        """Keeps what the database is now."""
        self._do(f"CREATE DATABASE {_KEPT.format(name)} TEMPLATE {_NAME}")

    def restore(self, name: str) -> None:
        """Makes it what was kept under the name, whoever works on it."""
        self._do(f"DROP DATABASE {_NAME} WITH (FORCE)")
        self._do(f"CREATE DATABASE {_NAME} TEMPLATE {_KEPT.format(name)}")

    def shape(self) -> dict[str, Any]:
        """What the migrations make: columns, whole indexes, and rows that are filled in."""
        names = "SELECT column_name FROM information_schema.columns WHERE table_name = 'orders'"
        columns = {name for (name,) in self._ask(names)}
        filled = "SELECT count(*) FROM orders WHERE channel IS NOT NULL"
        whole = "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('orders_by_channel')"
        return {
            "columns": columns,
            "filled": self._ask(filled)[0][0] if "channel" in columns else 0,
            "indexes": self._ask(f"{whole} AND indisvalid")[0][0],
        }

    def statements(self, part: str) -> dict[tuple[int, int], str]:
        """What the statements' ledger says of each, by file and number."""
        rows = self._ask(
            f"SELECT version, number, state FROM greenshift.statements WHERE part = '{part}'"
        )
        return {(version, number): state for version, number, state in rows}

    def _do(self, sql: str) -> None:
        self._ask(sql, "postgres")

    def _ask(self, sql: str, name: str = _NAME) -> list[list[Any]]:
        at = self._database
        connection = Connection(
            at.user,
            password=at.password,
            host=at.host,
            port=at.port,
            database=name,
            ssl_context=False,
        )
        try:
            return connection.run(sql) or []
        finally:
            connection.close()


@contextmanager
def store(world: "World") -> Iterator[Store]:
    """A database for the world's service; nobody judges its migrations."""
    run = Session.run

    def wired(session: Session, sql: str, **parameters: object) -> list[list[Any]]:
        about = sql_subject(sql)
        return world.wire.pass_on("sql", SQL, about, lambda: run(session, sql, **parameters))

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        postgres = Postgres(Path(folder))
        stack.callback(postgres.stop)
        found = Store(postgres.start())
        secret = world.aws.client("secretsmanager").create_secret(
            Name="shop-login", SecretString=json.dumps(found.login())
        )
        stack.enter_context(patch.object(Session, "run", wired))
        stack.enter_context(patch("handlers.migrating.sql_work.client", world.wired))
        stack.enter_context(patch.object(in_deployment, "accept", lambda *_: "gate: not here"))
        world.login = secret["ARN"]
        yield found


@contextmanager
def with_database(login: str) -> Iterator[None]:
    """For as long as the block lasts, the migrator has a database."""
    settings = {"GREENSHIFT_SERVICE": _NAME, "GREENSHIFT_DATABASE_SECRET": login}
    with patch.dict(os.environ, settings):
        yield
