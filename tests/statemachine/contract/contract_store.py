"""A service with a database whose releases bring contracts."""

import os
from collections.abc import Mapping
from typing import Any

from engine import Engine, Run
from pg8000.native import Connection
from service import Service

from handlers.adapters.tools import Tools
from handlers.gating import in_deployment
from infra.local.postgres import Database

CONTRACT = {"action": "contract"}
FIRST = {"0001_orders.expand.sql": "CREATE TABLE orders (id int PRIMARY KEY, old text);"}
EXPANDED = {**FIRST, "0002_channel.expand.sql": "ALTER TABLE orders ADD COLUMN channel text;"}
DROP = "ALTER TABLE orders DROP COLUMN old;"
SECOND = {**EXPANDED, "0002_channel.contract.sql": DROP}
ACCEPT = in_deployment.accept
PAST = 0.000_000_1
"""A rollback window in hours that is over when the release has answered."""


class Store:
    """A service with a database, and its machine."""

    def __init__(self, service: Service, machine: Engine, database: Database) -> None:
        self.service, self.machine, self.database = service, machine, database

    def ask(self, sql: str, name: str | None = None) -> list[list[Any]]:
        """As the superuser, outside Greenshift."""
        database = self.database
        connection = Connection(
            database.user,
            password=database.password,
            host=database.host,
            port=database.port,
            database=name or database.name,
            ssl_context=False,
        )
        try:
            return connection.run(sql) or []
        finally:
            connection.close()

    def columns(self) -> set[str]:
        found = self.ask(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'orders'"
        )
        return {name for (name,) in found}

    def register(self, **changes: Any) -> None:
        database = {"kind": "postgres", "secretArn": os.environ["GREENSHIFT_DATABASE_SECRET"]}
        self.service.register(database={**database, "role": "app"}, **changes)

    def release(self, number: str, migrations: Mapping[str, str], **details: Any) -> Run:
        self.service.upload(number, migrations=migrations, **details)
        run = self.machine.run({"release": number})
        assert run.end == "Released", run
        return run

    def live(self) -> dict[str, Any]:
        found = Tools().journal.live(self.service.name)
        assert found is not None
        return found

    def contracts(self) -> list[tuple[str, str, bool]]:
        known = Tools().contracts.of(self.service.name)
        return [(each.title, each.release, each.done) for each in known]
