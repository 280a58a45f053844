"""One PostgreSQL for the session; the gate's layers with a server, on small histories and on the corpus."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session, connect
from handlers.adapters.database.secrets import Login
from handlers.adapters.schema_gate.examine import examine
from handlers.domain.bundle.migration_files import MigrationFile
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.examined import Examined
from handlers.domain.schema.gate.statement_files import read_statements
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import split
from infra.local.postgres import Postgres

CORPUS = Path(__file__).parents[3] / "corpus"


class Gate:
    """The gate with one server; `home` is a superuser's session."""

    def __init__(self, home: Session) -> None:
        self.home = home
        self.deadline = Deadline(time.monotonic() + 300)
        self.truth: Mapping[str, Mapping[str, Any]] = json.loads(
            (CORPUS / "truth.json").read_text()
        )

    def migration(self, sql: str, number: int = 2, name: str = "change") -> Migration:
        path = f"migrations/{number:04}_{name}.expand.sql"
        return Migration(MigrationFile(path, number, name, "expand"), split(path, sql))

    def login(self, **changes: Any) -> Login:
        return replace(self.home.login, **changes)

    def run(
        self,
        history: str,
        pending: str,
        *statements: BlueStatement,
        home: Session | None = None,
        **options: Any,
    ) -> Examined:
        asked = {"role": "gate_blue", "mode": "own", "deadline": self.deadline, **options}
        return examine(
            home or self.home,
            history=[self.migration(history, 1, "base")],
            pending=[self.migration(pending)],
            statements=statements,
            **asked,
        )

    def corpus(self, name: str) -> Examined:
        texts = {
            f"statements/{path.name}": path.read_text()
            for path in (CORPUS / "statements").iterdir()
        }
        statements, findings = read_statements(texts)
        assert findings == ()
        return examine(
            self.home,
            history=[self.migration((CORPUS / "base.sql").read_text(), 1, "base")],
            pending=[self.migration((CORPUS / "migrations" / f"{name}.sql").read_text())],
            statements=statements,
            role="blue_app",
            mode="own",
            deadline=self.deadline,
        )

    def scratches(self) -> Sequence[str]:
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'greenshift_scratch%'"
        return [name for (name,) in self.home.run(query)]


@pytest.fixture(scope="session")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    postgres = Postgres(tmp_path_factory.mktemp("postgres"))
    database = postgres.start()
    try:
        yield Login(
            host=database.host,
            port=database.port,
            name=database.name,
            user=database.user,
            password=database.password,
            tls=False,
            source="the test",
        )
    finally:
        postgres.stop()


@pytest.fixture
def gate(login: Login) -> Iterator[Gate]:
    with connect(login, Deadline(time.monotonic() + 300)) as home:
        yield Gate(home)
