"""A service on a PostgreSQL of its own, as contracts need it."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine import Engine
from service import Service

from handlers.gating import in_deployment
from infra.local.postgres import Database, Postgres

sys.path.insert(0, str(Path(__file__).parent))

from contract_store import FIRST, PAST, SECOND, Store


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    postgres = Postgres(tmp_path_factory.mktemp("postgres"))
    try:
        yield postgres.start()
    finally:
        postgres.stop()


@pytest.fixture
def store(
    shop: Service,
    machine: Engine,
    server: Database,
    aws: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Store:
    # How a contract goes is what most tests ask; nobody judges its statements.
    monkeypatch.setattr(in_deployment, "accept", lambda *_: "gate: not in this test")
    database = replace(server, name=shop.name)
    document = {
        "host": database.host,
        "port": database.port,
        "username": database.user,
        "password": database.password,
        "dbname": database.name,
        "sslmode": "disable",
    }
    secret = aws.client("secretsmanager").create_secret(
        Name=f"{shop.name}-login", SecretString=json.dumps(document)
    )
    monkeypatch.setenv("GREENSHIFT_SERVICE", shop.name)
    monkeypatch.setenv("GREENSHIFT_DATABASE_SECRET", secret["ARN"])
    found = Store(shop, machine, database)
    found.ask(f"CREATE DATABASE {shop.name}", "postgres")
    found.register(rollbackWindowHours=PAST)
    return found


@pytest.fixture
def released(store: Store) -> Store:
    """1.1.0 is live, its window over, and its contract is still to be applied."""
    store.release("1.0.0", FIRST)
    store.release("1.1.0", SECOND)
    assert store.columns() == {"id", "old", "channel"}
    return store
