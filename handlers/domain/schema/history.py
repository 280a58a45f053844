"""The migration files of a release against what the database says was applied of them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from handlers.domain.bundle.migration_files import MigrationFile, Part
from handlers.domain.schema.kinds import Setting
from handlers.domain.schema.statements import Statement
from handlers.errors import MigrationChanged, MigrationFailed

State = Literal["started", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the statement ledger. `of` is how many statements the file had; `at` is when it
    ended, or began, and `moment` the same in epoch seconds.
    """

    version: int
    name: str
    number: int
    checksum: str
    state: State
    of: int
    at: str
    deployment: str
    held_ms: float
    moment: float = 0.0


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration file, its statements and its whole text, comments and all; `title` is what a
    person calls it.
    """

    file: MigrationFile
    statements: tuple[Statement, ...]
    text: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """`0002_add_note`."""
        return self.file.title


@dataclass(frozen=True, slots=True)
class Task:
    """One statement to run. `begun` when an earlier run announced it and never told its end;
    `replayed` when it is a setting that was made before and that the statements after it stand on.
    """

    migration: Migration
    statement: Statement
    begun: bool = False
    replayed: bool = False


def outstanding(
    migrations: Sequence[Migration], entries: Sequence[Entry], part: Part = "expand"
) -> tuple[Task, ...]:
    """What is still to be run, in order, or nothing at all of it: every file is judged before one
    is applied. Files and entries are of one part.

    Raises MigrationChanged where an applied file is another one now, and MigrationFailed where a
    new expand file comes before an applied one: a contract may be written long after its expand.
    """
    known = _by_version(entries)
    _judge_history(migrations, known, part)
    if part == "expand":
        _judge_order(migrations, known)
    tasks: list[Task] = []
    for migration in migrations:
        rows = known.get(migration.file.number, {})
        _judge_statements(migration, rows)
        tasks += _tasks(migration, rows)
    return tuple(tasks)


def complete(migration: Migration, entries: Iterable[Entry]) -> bool:
    """Whether every statement of the migration is done."""
    version = migration.file.number
    done = {row.number for row in entries if row.version == version and row.state == "done"}
    return len(done) == len(migration.statements)


def _tasks(migration: Migration, rows: Mapping[int, Entry]) -> Iterable[Task]:
    done = {number for number, row in rows.items() if row.state == "done"}
    last = max((each.number for each in migration.statements if each.number not in done), default=0)
    for statement in migration.statements:
        if statement.number not in done:
            row = rows.get(statement.number)
            yield Task(migration, statement, begun=row is not None and row.state == "started")
        elif isinstance(statement.kind, Setting) and statement.number < last:
            yield Task(migration, statement, replayed=True)


def _judge_history(
    migrations: Sequence[Migration], known: Mapping[int, Mapping[int, Entry]], part: Part
) -> None:
    here = {migration.file.number: migration for migration in migrations}
    newest = max(here, default=0)
    for version in sorted(known):
        row = min(known[version].values(), key=lambda each: each.number)
        was = _title(version, row.name)
        if version not in here and version < newest:
            raise MigrationChanged(
                f"migrations/{was}.{part}.sql was applied on {row.at} and is gone from the bundle; "
                "put it back"
            )
        if version in here and here[version].file.name != row.name:
            raise MigrationChanged(
                f"{here[version].file.path}: number {version:04} was applied as {was} on {row.at}; "
                "put that back, and give this one a new number"
            )


def _judge_order(migrations: Sequence[Migration], known: Mapping[int, Mapping[int, Entry]]) -> None:
    here = {migration.file.number: migration for migration in migrations}
    last = max(known, default=0)
    for version in sorted(here):
        if version not in known and version < last and here[version].statements:
            raise MigrationFailed(
                f"{here[version].file.path}: it is new but comes before {last:04}, which is "
                f"applied; give it a number above {last:04}"
            )


def _judge_statements(migration: Migration, rows: Mapping[int, Entry]) -> None:
    here = {statement.number: statement for statement in migration.statements}
    binding = {number: row for number, row in rows.items() if row.state != "failed"}
    for number, row in sorted(binding.items()):
        statement = here.get(number)
        if statement is not None and statement.checksum != row.checksum:
            raise MigrationChanged(
                f"{statement.place()}: statement {number} is {_short(statement.checksum)}, but "
                f"{_short(row.checksum)} was {_verb(row)} on {row.at}; put the file back and write "
                "a new one"
            )
    done = [row for _, row in sorted(binding.items()) if row.state == "done"]
    whole = bool(done) and len(done) == done[-1].of
    if binding.keys() - here.keys() or (whole and len(done) != len(here)):
        now = _whole_checksum(each.checksum for each in migration.statements)
        was = _whole_checksum(row.checksum for row in done)
        at = max(row.at for row in binding.values())
        raise MigrationChanged(
            f"{migration.file.path}: its {len(here)} statements are {_short(now)}, but {len(done)} "
            f"statements, {_short(was)}, were applied on {at}; put the file back and write a new "
            "one"
        )


def _by_version(entries: Iterable[Entry]) -> dict[int, dict[int, Entry]]:
    """Entries by version and number; a version of which nothing was ever begun or done binds
    nobody.
    """
    found: dict[int, dict[int, Entry]] = {}
    for entry in entries:
        found.setdefault(entry.version, {})[entry.number] = entry
    return {
        version: rows
        for version, rows in found.items()
        if any(row.state != "failed" for row in rows.values())
    }


def _whole_checksum(checksums: Iterable[str]) -> str:
    return f"sha256:{hashlib.sha256(' '.join(checksums).encode()).hexdigest()}"


def _short(checksum: str) -> str:
    return checksum[: len("sha256:") + 12]


def _verb(row: Entry) -> str:
    return "applied" if row.state == "done" else "begun"


def _title(version: int, name: str) -> str:
    return f"{version:04}_{name}"
