"""What has made a schema as it is, and what is left to be run: migrations cut into what counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from handlers.domain.bundle.migration_files import Part
from handlers.domain.schema.history import Entry, Migration, Task

SHAPING: tuple[Part, ...] = ("expand", "contract")
"""The parts that change the schema; a backfill changes rows."""


def applied(
    files: Mapping[Part, Sequence[Migration]], entries: Mapping[Part, Sequence[Entry]]
) -> tuple[Migration, ...]:
    """The statements that the database has, file after file in the order in which it got them: a
    contract lies between the expand files that were applied before and after it.
    """
    found = []
    for rank, part in enumerate(SHAPING):
        rows = {
            (row.version, row.number): row.moment
            for row in entries.get(part, ())
            if row.state == "done"
        }
        for migration in files.get(part, ()):
            number = migration.file.number
            kept = [each for each in migration.statements if (number, each.number) in rows]
            if kept:
                since = min(rows[number, each.number] for each in kept)
                piece = replace(migration, statements=tuple(kept))
                found.append(((since, rank, number), piece))
    return tuple(piece for _, piece in sorted(found, key=lambda each: each[0]))


def left_of(tasks: Iterable[Task]) -> tuple[Migration, ...]:
    """What the tasks run for the first time, file after file."""
    return tuple(_grouped(task for task in tasks if not task.replayed))


def _grouped(tasks: Iterable[Task]) -> Iterator[Migration]:
    by_path: dict[str, list[Task]] = {}
    for task in tasks:
        by_path.setdefault(task.migration.file.path, []).append(task)
    for each in by_path.values():
        yield replace(each[0].migration, statements=tuple(task.statement for task in each))
