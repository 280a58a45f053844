"""What MigrateSchema answers, counted from the statement ledger, so that a repetition answers the
same.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from handlers.domain.bundle.migration_files import Part
from handlers.domain.messages import Schema
from handlers.domain.schema.history import Entry, Migration, Task, complete

MOST_TITLES = 40
"""Titles in the section: a first release may bring hundreds of files, and sections stay small."""

MOST_SENTENCE = 1000
"""Characters of the gate's sentence in the section; the first waivers' reasons are in it."""

_AFTER: Mapping[Part, Literal["done", "contracted"]] = {
    "expand": "done",
    "backfill": "done",
    "contract": "contracted",
}


def nothing(reason: str, part: Part = "expand") -> Schema:
    """Nothing was to be done, for this reason."""
    return Schema((), 0, 0, 0.0, "gate: nothing to judge", None, _AFTER[part], reason)


def progress(
    migrations: Sequence[Migration],
    entries: Sequence[Entry],
    *,
    deployment: str,
    longest_ms: float,
    rest: Task | None,
    gate: str,
    part: Part = "expand",
) -> Schema:
    """How far the deployment has come; `rest` is where the next invocation begins, None when there
    is none.
    """
    ours = [each for each in entries if each.deployment == deployment and each.state == "done"]
    touched = {each.version for each in ours}
    finished = [each for each in migrations if each.statements and complete(each, entries)]
    applied = [each.title for each in finished if each.file.number in touched]
    longest = max([longest_ms, *(each.held_ms for each in ours)])
    if rest is not None:
        reason = f"applied {_count(len(ours), 'statement')}, goes on at {rest.statement.place()}"
    elif applied:
        reason = (
            f"applied {_named(applied)}: {_count(len(ours), 'statement')}, "
            f"locks held for {longest:.0f} ms at most"
        )
    else:
        reason = f"nothing to apply: {_count(len(finished), f'{part} migration')} applied already"
    return Schema(
        applied=_few(applied),
        already_applied=len(finished) - len(applied),
        statements=len(ours),
        longest_lock_ms=longest,
        gate=gate[:MOST_SENTENCE],
        backfill=None,
        next=_AFTER[part] if rest is None else "again",
        reason=reason,
    )


def _few(titles: Sequence[str]) -> tuple[str, ...]:
    if len(titles) <= MOST_TITLES:
        return tuple(titles)
    return (*titles[: MOST_TITLES - 1], f"and {len(titles) - MOST_TITLES + 1} more")


def _named(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{titles[0]} to {titles[-1]}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
