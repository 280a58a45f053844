"""What is still to be applied follows from the files and the statement ledger alone, and refuses before it begins."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.schema.history import Entry, Migration, outstanding
from handlers.domain.schema.progress import MOST_TITLES, progress
from handlers.domain.schema.statements import split
from handlers.errors import MigrationChanged, MigrationFailed


def migration(number: int, sql: str, name: str = "x") -> Migration:
    path = f"migrations/{number:04}_{name}.expand.sql"
    file = parse_migration_path(path)
    assert file is not None
    return Migration(file, split(path, sql))


def entries(migration: Migration, *states: Any, deployment: str = "d1") -> list[Entry]:
    """The ledger's rows of the first statements of a migration."""
    return [
        Entry(
            version=migration.file.number,
            name=migration.file.name,
            number=statement.number,
            checksum=statement.checksum,
            state=state,
            of=len(migration.statements),
            at="2026-01-02T03:04:05Z",
            deployment=deployment,
            held_ms=float(statement.number),
        )
        for statement, state in zip(migration.statements, states, strict=False)
    ]


ONE, TWO = migration(1, "A; B; C"), migration(2, "D")

OUTSTANDING = [
    pytest.param([ONE, TWO], [], "A B C D", id="nothing is applied yet"),
    pytest.param([ONE, TWO], entries(ONE, "done", "done", "done"), "D", id="a file is applied"),
    pytest.param([ONE], entries(ONE, "done"), "B C", id="a file is half applied"),
    pytest.param([ONE], entries(ONE, "done", "failed"), "B C", id="a statement failed"),
    pytest.param([ONE], entries(ONE, "done", "started"), "B? C", id="a statement was announced"),
    pytest.param([], entries(ONE, "done", "done", "done"), "", id="a release without migrations"),
    pytest.param(
        [migration(1, "SET a = 1; B; C")],
        entries(migration(1, "SET a = 1; B; C"), "done", "done"),
        "(SET a = 1) C",
        id="a setting is made again for what follows it",
    ),
    pytest.param(
        [migration(1, "A; SET a = 1")],
        entries(migration(1, "A; SET a = 1"), "done", "done"),
        "",
        id="and not where nothing follows",
    ),
    pytest.param(
        [migration(1, "A; CHANGED; MORE")],
        entries(migration(1, "A; B"), "done", "failed"),
        "CHANGED MORE",
        id="a failed statement may be corrected, and more may follow it",
    ),
    pytest.param(
        [migration(1, "A; B", name="other")],
        entries(migration(1, "X; Y"), "failed"),
        "A B",
        id="a file that never began binds nobody",
    ),
    pytest.param(
        [migration(1, "-- later"), TWO], entries(TWO, "done"), "", id="an empty file comes late"
    ),
]


@pytest.mark.parametrize(("migrations", "rows", "expected"), OUTSTANDING)
def test_what_is_outstanding(migrations: list[Migration], rows: list[Entry], expected: str) -> None:
    def said(task: Any) -> str:
        text = f"{task.statement.text}{'?' if task.begun else ''}"
        return f"({text})" if task.replayed else text

    assert " ".join(said(task) for task in outstanding(migrations, rows)) == expected


REFUSED = [
    pytest.param(
        [migration(1, "A; B; X")], entries(ONE, "done", "done", "done"), MigrationChanged,
        "0001_x.expand.sql:1: statement 3 is sha256:", id="an applied statement changed",
    ),
    pytest.param(
        [migration(1, "A; X; C")], entries(ONE, "done", "started"), MigrationChanged,
        "was begun on 2026-01-02T03:04:05Z", id="an announced statement changed",
    ),
    pytest.param(
        [migration(1, "A; B")], entries(ONE, "done", "done", "done"), MigrationChanged,
        "its 2 statements are sha256:", id="an applied statement is gone",
    ),
    pytest.param(
        [migration(1, "A; B; C; D")], entries(ONE, "done", "done", "done"), MigrationChanged,
        "its 4 statements are sha256:", id="a statement was added",
    ),
    pytest.param(
        [migration(1, "A; B; C", name="y")], entries(ONE, "done"), MigrationChanged,
        "number 0001 was applied as 0001_x on 2026-01-02T03:04:05Z", id="another name",
    ),
    pytest.param(
        [TWO], entries(ONE, "done"), MigrationChanged,
        "migrations/0001_x.expand.sql was applied on 2026-01-02T03:04:05Z and is gone", id="a file is gone",
    ),
    pytest.param(
        [ONE, TWO], entries(TWO, "done"), MigrationFailed,
        "0001_x.expand.sql: it is new but comes before 0002", id="a new file comes before an applied one",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("migrations", "rows", "error", "sentence"), REFUSED)
def test_history_that_was_rewritten_is_refused(
    migrations: list[Migration], rows: list[Entry], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error) as raised:
        outstanding(migrations, rows)
    assert sentence in str(raised.value)


def test_progress_counts_what_this_deployment_did_however_often_it_is_asked() -> None:
    rows = [*entries(ONE, "done", "done", "done", deployment="d0"), *entries(TWO, "done")]
    section = progress([ONE, TWO], rows, deployment="d1", longest_ms=0.4, rest=None, gate="")
    assert (section.applied, section.already_applied, section.statements) == (("0002_x",), 1, 1)
    assert (section.longest_lock_ms, section.next) == (1.0, "done")
    assert section.reason == "applied 0002_x: 1 statement, locks held for 1 ms at most"


def test_progress_that_is_not_at_its_end_says_where_it_goes_on() -> None:
    rows = entries(ONE, "done", "done")
    (rest,) = outstanding([ONE], rows)
    section = progress([ONE], rows, deployment="d1", longest_ms=0, rest=rest, gate="")
    assert (section.next, section.applied, section.statements) == ("again", (), 2)
    assert section.reason == "applied 2 statements, goes on at migrations/0001_x.expand.sql:1"


def test_hundreds_of_files_stay_a_small_section() -> None:
    many = [migration(number, "A") for number in range(1, 401)]
    rows = [replace(entries(each, "done")[0]) for each in many]
    section = progress(many, rows, deployment="d1", longest_ms=0, rest=None, gate="")
    assert len(section.applied) == MOST_TITLES
    assert section.applied[-1] == f"and {401 - MOST_TITLES} more"
