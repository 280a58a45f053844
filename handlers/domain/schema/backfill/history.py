"""The backfill files of a release against what the database says was done of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.history import State
from handlers.errors import MigrationChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillEntry:
    """One backfill's row in the statement ledger.

    `cursor` is the last key that was passed, as text, None before the first batch. `passed` counts
    keys, `rows` what the statement touched of them, `total` is an estimate of all keys until the
    backfill is done. `at` is when it ended, or began; `held_ms` is its longest batch.
    """

    version: int
    name: str
    checksum: str
    state: State
    at: str
    deployment: str
    cursor: str | None = None
    rows: int = 0
    passed: int = 0
    total: int = 0
    held_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class BackfillTask:
    """A backfill to run from where `entry` stands. `recorded` is the cursor that the ledger's row
    has, whatever text it is of.
    """

    backfill: Backfill
    entry: BackfillEntry
    recorded: str | None

    @property
    def begun(self) -> bool:
        """Whether the database has a row of it, so that a deployment before accepted it."""
        return bool(self.entry.at)


def outstanding_backfills(
    backfills: Sequence[Backfill],
    entries: Sequence[BackfillEntry],
    *,
    newest: int,
    deployment: str,
) -> tuple[BackfillTask, ...]:
    """What is still to be run, in the order of the numbers, or nothing at all of it. `newest` is
    the highest number of all the bundle's migrations: what is above it is a later release's.

    A backfill that failed may be corrected, and then begins anew; a number may be lower than one
    that is done, since a later release may bring the backfill of an earlier expand. Raises
    MigrationChanged where one that was begun is another one now, or gone.
    """
    known = {each.version: each for each in entries}
    binding = {v: each for v, each in known.items() if each.state != "failed"}
    _judge(backfills, binding, newest)
    tasks: list[BackfillTask] = []
    for backfill in sorted(backfills, key=lambda each: each.file.number):
        entry = known.get(backfill.file.number)
        if entry is None or entry.checksum != backfill.checksum:
            fresh = _fresh(backfill, deployment)
            tasks.append(BackfillTask(backfill, fresh, entry.cursor if entry else None))
        elif entry.state != "done":
            tasks.append(BackfillTask(backfill, entry, entry.cursor))
    return tuple(tasks)


def _fresh(backfill: Backfill, deployment: str) -> BackfillEntry:
    return BackfillEntry(
        version=backfill.file.number,
        name=backfill.file.name,
        checksum=backfill.checksum,
        state="started",
        at="",
        deployment=deployment,
    )


def _judge(
    backfills: Iterable[Backfill], binding: Mapping[int, BackfillEntry], newest: int
) -> None:
    here = {each.file.number: each for each in backfills}
    for version, entry in sorted(binding.items()):
        was = f"{version:04}_{entry.name}"
        verb = "done" if entry.state == "done" else "begun"
        backfill = here.get(version)
        if backfill is None:
            if version < newest:
                raise MigrationChanged(
                    f"migrations/{was}.backfill.sql was {verb} on {entry.at} and is gone from the "
                    "bundle; put it back"
                )
        elif backfill.file.name != entry.name:
            raise MigrationChanged(
                f"{backfill.file.path}: number {version:04} was {verb} as {was} on {entry.at}; put "
                "that back, and give this one a new number"
            )
        elif backfill.checksum != entry.checksum:
            raise MigrationChanged(
                f"{backfill.place}: it is {_short(backfill.checksum)}, but "
                f"{_short(entry.checksum)} was {verb} on {entry.at}; put the file back and write a "
                "new one"
            )


def _short(checksum: str) -> str:
    return checksum[: len("sha256:") + 12]
