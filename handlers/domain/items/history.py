"""The migrations of a release against what was done of them before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from handlers.domain.bundle.migration_files import Part
from handlers.domain.items.changes import ItemsMigration
from handlers.errors import MigrationChanged, MigrationFailed

State = Literal["started", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One file as the ledger has it.

    `owner` is the invocation that works on it; `cursors` holds, by segment, the key after which it
    goes on, `{}` at the end of the segment. `seen` counts the items that were gone through,
    `written` those that were changed, `units` the capacity units that it took.
    """

    number: int
    name: str
    part: Part
    checksum: str
    state: State
    at: str
    deployment: str
    owner: str
    cursors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seen: int = 0
    written: int = 0
    units: float = 0.0

    @property
    def title(self) -> str:
        """`0002_by_state`."""
        return f"{self.number:04}_{self.name}"

    @property
    def path(self) -> str:
        """The file's path in the bundle."""
        return f"migrations/{self.title}.{self.part}.json"


def outstanding(
    migrations: Sequence[ItemsMigration], steps: Iterable[Step]
) -> tuple[ItemsMigration, ...]:
    """What is still to be done, in order, or nothing at all of it: every file is judged before one
    is applied. A step that failed binds nobody.

    Raises MigrationChanged where a file that was begun is another one now or gone, and
    MigrationFailed where a new file comes before one that is done: a contract may be written long
    after its expand.
    """
    known = {(each.number, each.part): each for each in steps if each.state != "failed"}
    here = {(each.file.number, each.file.part): each for each in migrations}
    newest = max((number for number, _ in here), default=0)
    for place, step in sorted(known.items()):
        _judge(step, here.get(place), newest)
    last = max((number for number, _ in known), default=0)
    first = {number for number, _ in known}
    for each in here.values():
        late = each.file.number < last and each.file.number not in first
        if late and each.file.part != "contract":
            raise MigrationFailed(
                f"{each.path}: it is new but comes before {last:04}, which is applied; give it a "
                f"number above {last:04}"
            )
    return tuple(
        each
        for place, each in sorted(here.items(), key=_in_order)
        if place not in known or known[place].state != "done"
    )


def _in_order(entry: tuple[tuple[int, Part], ItemsMigration]) -> tuple[int, int]:
    (number, part), _ = entry
    return number, ("expand", "backfill", "contract").index(part)


def _judge(step: Step, now: ItemsMigration | None, newest: int) -> None:
    verb = "applied" if step.state == "done" else "begun"
    if now is None:
        if step.number <= newest and step.part != "contract":
            raise MigrationChanged(
                f"{step.path} was {verb} on {step.at} and is gone from the bundle; put it back"
            )
    elif now.file.name != step.name:
        raise MigrationChanged(
            f"{now.path}: number {step.number:04} was {verb} as {step.title} on {step.at}; put "
            "that back, and give this one a new number"
        )
    elif now.checksum != step.checksum:
        raise MigrationChanged(
            f"{now.path}: it is {now.checksum[:19]}, but {step.checksum[:19]} was {verb} on "
            f"{step.at}; put it back and write a new one"
        )
