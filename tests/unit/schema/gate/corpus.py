"""The corpus of labelled migrations, as the gate takes it."""

import json
from pathlib import Path
from typing import Any

from handlers.domain.bundle.migration_files import MigrationFile
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.statement_files import read_statements
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import split

FOLDER = Path(__file__).parents[3] / "corpus"
TRUTH: dict[str, dict[str, Any]] = json.loads((FOLDER / "truth.json").read_text())


def migration(sql: str, number: int = 2, name: str = "change") -> Migration:
    path = f"migrations/{number:04}_{name}.expand.sql"
    return Migration(MigrationFile(path, number, name, "expand"), split(path, sql))


def base() -> Migration:
    return migration((FOLDER / "base.sql").read_text(), 1, "base")


def labelled(name: str) -> Migration:
    return migration((FOLDER / "migrations" / f"{name}.sql").read_text(), 2, name)


def statements() -> tuple[BlueStatement, ...]:
    texts = {
        f"statements/{path.name}": path.read_text() for path in (FOLDER / "statements").iterdir()
    }
    found, findings = read_statements(texts)
    assert findings == ()
    return found
