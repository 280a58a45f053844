"""What a prune came to, version by version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from handlers.domain.codec import encode
from handlers.domain.pruning.history import ASYNCHRONOUS
from handlers.domain.pruning.published import Published, Version

LONGEST_ASKED = 240
"""Seconds that a prune takes for which somebody waits, at most."""
MOST_CONDEMNED = 2_000
"""So many fit one item of the ledger, and are deleted in some days."""
_MOST_TOLD = 10_000
"""Lambda answers at most 6 MB."""
State = Literal["kept", "waits", "due", "deleted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One version: what becomes of it, and `why` in a sentence. `function` is its key in the
    registration, `release` the one that published it, `size` its bytes.
    """

    function: str
    name: str
    version: str
    release: str | None
    at: str
    size: int
    state: State
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """A prune of one service; one that was `refused` looked at nothing and says why."""

    service: str
    dry_run: bool
    versions: tuple[Told, ...] = ()
    refused: str | None = None

    def count(self, state: State) -> int:
        """How many versions are in the state."""
        return sum(each.state == state for each in self.versions)

    def size(self, state: State) -> int:
        """How many bytes of Lambda's code storage they have."""
        return sum(each.size for each in self.versions if each.state == state)

    def to_json(self) -> dict[str, Any]:
        """As the CLI and scripts get it: the counts by state, and the versions."""
        states: tuple[State, ...] = ("kept", "waits", "due", "deleted", "failed")
        told = sorted(self.versions, key=lambda each: (each.function, int(each.version)))
        return {
            "service": self.service,
            "dryRun": self.dry_run,
            "refused": self.refused,
            **{state: self.count(state) for state in states},
            "freedBytes": self.size("deleted"),
            "versions": encode(told[:_MOST_TOLD]),
            "untold": max(0, len(told) - _MOST_TOLD),
        }


def told(version: Published, keys: Mapping[str, str], state: State, why: str) -> Told:
    """The version with what becomes of it; `keys` are the registration's, by Lambda's names."""
    return Told(
        function=keys[version.id.function],
        name=version.id.function,
        version=version.id.number,
        release=version.marked.release if version.marked else None,
        at=version.at,
        size=version.size,
        state=state,
        why=why,
    )


def is_due(since: str, at: float) -> bool:
    """Whether a version that was condemned then can be deleted: no alias has led to it for as long
    as Lambda keeps an asynchronous event.
    """
    return due_from(since) <= at


def due_from(since: str) -> float:
    """The epoch second from which it can."""
    return datetime.fromisoformat(since).timestamp() + ASYNCHRONOUS


def due_at(since: str) -> str:
    """The same in ISO 8601, to the minute."""
    moment = datetime.fromtimestamp(due_from(since), UTC)
    return moment.isoformat(timespec="minutes").replace("+00:00", "Z")


def to_condemn(
    doomed: Sequence[Published], known: Mapping[Version, str], at: str
) -> dict[Version, str]:
    """The condemned versions from now on: those that still are to go keep their moment, those that
    are kept again leave, and the others come, at most `MOST_CONDEMNED` in all. `doomed` has callers
    before whom they call.
    """
    again = [each.id for each in doomed if each.id in known]
    new = [each.id for each in doomed if each.id not in known]
    return {id_: known.get(id_, at) for id_ in [*again, *new][:MOST_CONDEMNED]}
