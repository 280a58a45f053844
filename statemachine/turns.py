"""Where a deployment stands that waits in its service's queue, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.domain.queue.entry import Entry
from handlers.domain.queue.line import place_of
from statemachine.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One release that waits: it is number `place` of those that do; `hotfix` is its reason."""

    place: int
    release: str
    digest: str
    since: str
    source: str
    deployment: str
    hotfix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How it stands with an entry: it waits, as `told`; or its turn is the `execution`; or it ended
    without one, with the `answer`.
    """

    told: str = ""
    execution: str | None = None
    answer: Mapping[str, Any] | None = None


class Turns:
    """Reads the queues, changes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._on = connection

    def line(self, service: str) -> tuple[Waiting, ...]:
        """Who waits for the service, the next one first."""
        return tuple(
            _waiting(number, each) for number, each in enumerate(self._on.queue.of(service), 1)
        )

    def of(self, answer: Mapping[str, Any]) -> Turn:
        """How it stands with the entry that a queued deployment's answer names."""
        service, key = answer["service"], answer["queued"]["entry"]
        line = self._on.queue.of(service)
        if all(each.key != key for each in line):
            left = self._on.queue.left(service, key) or {}
            return Turn(execution=left.get("execution"), answer=left.get("answer"))
        claim = self._on.claims.of(service)
        behind = "" if claim is None or claim.closed else f", behind {claim.deployment}"
        return Turn(told=f"number {place_of(key, line)} of {len(line)} in the queue{behind}")


def _waiting(place: int, entry: Entry) -> Waiting:
    return Waiting(
        place=place,
        release=entry.release,
        digest=entry.bundle.digest,
        since=entry.since,
        source=entry.source,
        deployment=entry.deployment,
        hotfix=entry.hotfix,
    )
