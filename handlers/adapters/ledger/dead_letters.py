"""What the ledger remembers of dead-letter queues: how full each was when traffic first moved, and
after a way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers.adapters.ledger.claims import Claims
from handlers.adapters.ledger.journal import Journal
from handlers.adapters.ledger.ledger import ConditionFailed, Ledger, Put
from handlers.domain.codec import decode, encode
from handlers.domain.consumers.dead_letters import Counted, DeadLetters


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The dead-letter queues of a deployment. `before` is how full they were `at` its first flip,
    by queue, and `after` how full they were once it had been undone; None where one could not be
    counted, and no `after` as long as nobody looked.
    """

    service: str
    deployment: str
    at: str
    queues: tuple[DeadLetters, ...]
    before: Mapping[str, int | None]
    after: Mapping[str, int | None] | None = None
    counted_at: str | None = None

    def counted(self, now: Mapping[str, int | None]) -> tuple[Counted, ...]:
        """Each queue as it was before, and is `now`."""
        return tuple(
            Counted(letters=each, before=self.before.get(each.queue), now=now.get(each.queue))
            for each in self.queues
        )


@dataclass(frozen=True, slots=True)
class Undone:
    """A deployment that went back, by itself or by hand, and when it had."""

    deployment: str
    ended_at: str


class DeadLetterCounts:
    """The item `DEADLETTERS` of a deployment, and of its service, whose newest it is."""

    def __init__(self, ledger: Ledger, claims: Claims, journal: Journal) -> None:
        self._ledger, self._claims, self._journal = ledger, claims, journal

    def of(self, service: str) -> Counts | None:
        """Those of the service's newest deployment that had dead-letter queues."""
        return self._read(f"SERVICE#{service}")

    def of_deployment(self, deployment: str) -> Counts | None:
        """Those of the deployment, None where it came to no flip, or had nothing to count."""
        return self._read(f"DEPLOYMENT#{deployment}")

    def note(self, counts: Counts) -> None:
        """Writes what was counted before the first flip, once: a later count of the same deployment
        is passed over.
        """
        item = self._item(counts)
        try:
            self._ledger.transact(
                Put({**item, "pk": f"DEPLOYMENT#{counts.deployment}"}, "attribute_not_exists(pk)"),
                Put({**item, "pk": f"SERVICE#{counts.service}"}),
            )
        except ConditionFailed:
            return

    def note_after(self, counts: Counts, after: Mapping[str, int | None], at: str) -> None:
        """Writes what was counted after the way back into the deployment's record."""
        item = self._item(replace(counts, after=after, counted_at=at))
        self._ledger.put(Put({**item, "pk": f"DEPLOYMENT#{counts.deployment}"}))

    def undone(self, service: str) -> Undone | None:
        """The newest deployment where it was undone and nothing holds the service, else None."""
        claim = self._claims.of(service)
        if claim is None or not claim.closed:
            return None
        last = self._journal.deployment(claim.deployment) or {}
        if last.get("outcome") != "RolledBack":
            return None
        if last.get("action") == "deploy":
            return Undone(claim.deployment, last["endedAt"])
        if last.get("action") != "rollback":
            return None
        digest = (last.get("former") or {}).get("digest", "")
        known = self._journal.release(service, digest) or {}
        return Undone(str(known.get("deployment") or claim.deployment), last["endedAt"])

    def _read(self, key: str) -> Counts | None:
        item = self._ledger.get(key, "DEADLETTERS")
        return None if item is None else decode(Counts, item)

    @staticmethod
    def _item(counts: Counts) -> dict[str, Any]:
        return {**encode(counts), "sk": "DEADLETTERS"}
