"""How long the gate's layers with a server take: a history of 400 files replayed on a scratch
database, and the examination of each migration of the corpus.

python -m tests.bench.bench_scratch
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session, connect
from handlers.adapters.database.secrets import Login
from handlers.adapters.schema_gate.catalog_reader import read_catalog
from handlers.adapters.schema_gate.examine import examine
from handlers.adapters.schema_gate.replay import Replay
from handlers.adapters.schema_gate.scratch import scratch_database
from handlers.domain.bundle.migration_files import MigrationFile
from handlers.domain.schema.gate.statement_files import read_statements
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import split
from infra.local.postgres import Postgres

FILES, TARGET_MS, RUNS = 400, 2000, 5
CORPUS = Path(__file__).parents[1] / "corpus"
DEADLINE = Deadline(time.monotonic() + 3600)


def migration(sql: str, number: int, name: str) -> Migration:
    path = f"migrations/{number:04}_{name}.expand.sql"
    return Migration(MigrationFile(path, number, name, "expand"), split(path, sql))


def history() -> list[Migration]:
    """100 tables in four files each: made, widened, indexed (every tenth concurrently), granted."""
    files: list[str] = []
    for table in range(FILES // 4):
        other = f"REFERENCES t{table - 1}" if table else ""
        files += [
            f"CREATE TABLE t{table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text);"
            f"CREATE TYPE e{table} AS ENUM ('a', 'b');",
            f"ALTER TABLE t{table} ADD b int NOT NULL DEFAULT 0, ADD c bigint {other};"
            f"ALTER TABLE t{table} ADD CHECK (b >= 0) NOT VALID;",
            f"CREATE INDEX {'CONCURRENTLY' if table % 10 == 0 else ''} i{table} ON t{table} (b);",
            f"GRANT SELECT, INSERT ON t{table} TO bench_blue;"
            f"CREATE VIEW v{table} AS SELECT id, a FROM t{table};",
        ]
    return [migration(sql, at, "bench") for at, sql in enumerate(files, 1)]


@contextmanager
def server() -> Iterator[Session]:
    """A session with a throw-away PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres(Path(folder))
        found = postgres.start()
        login = Login(
            host=found.host,
            port=found.port,
            name=found.name,
            user=found.user,
            password=found.password,
            tls=False,
            source="the bench",
        )
        try:
            with connect(login, DEADLINE) as session:
                yield session
        finally:
            postgres.stop()


def replays(home: Session) -> None:
    """One line for each part of what precedes the pending statements."""
    times: dict[str, list[float]] = {"database made and dropped": [], "replayed": [], "read": []}
    files = history()
    for _ in range(RUNS):
        began = time.perf_counter()
        with scratch_database(home, "own", DEADLINE) as scratch:
            times["replayed"].append(Replay(scratch).run(files))
            start = time.perf_counter()
            read_catalog(scratch.session)
            times["read"].append((time.perf_counter() - start) * 1000)
        whole = (time.perf_counter() - began) * 1000
        rest = whole - times["replayed"][-1] - times["read"][-1]
        times["database made and dropped"].append(rest)
    count = sum(len(each.statements) for each in files)
    print(f"{FILES} files, {count} statements      median ms   worst ms   below {TARGET_MS} ms")
    for name, found in times.items():
        within = "yes" if max(found) < TARGET_MS else "no"
        print(f"{name:32}{statistics.median(found):10.0f}{max(found):11.0f}   {within}")


def corpus(home: Session) -> None:
    """One line for each migration of the corpus, and one for all."""
    texts = {
        f"statements/{each.name}": each.read_text() for each in (CORPUS / "statements").iterdir()
    }
    statements, _ = read_statements(texts)
    base = migration((CORPUS / "base.sql").read_text(), 1, "base")
    print(f"\n{'examined, 13 statements of blue':40}{'ms':>8}{'of that replay':>16}  findings")
    times: list[float] = []
    for path in sorted((CORPUS / "migrations").iterdir()):
        began = time.perf_counter()
        examined = examine(
            home,
            history=[base],
            pending=[migration(path.read_text(), 2, path.stem)],
            statements=statements,
            role="blue_app",
            mode="own",
            deadline=DEADLINE,
        )
        times.append((time.perf_counter() - began) * 1000)
        count = len(examined.findings)
        print(f"{path.stem:40}{times[-1]:8.0f}{examined.replay_ms:16.0f}{count:10}")
    print(f"{'median':40}{statistics.median(times):8.0f}")


def main() -> None:
    with server() as home:
        replays(home)
        corpus(home)


if __name__ == "__main__":
    main()
