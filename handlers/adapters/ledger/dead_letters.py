"""What the ledger remembers of dead-letter queues: how full each was when traffic first moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.adapters.ledger.ledger import ConditionFailed, Ledger, Put
from handlers.domain.codec import decode, encode
from handlers.domain.consumers.dead_letters import DeadLetters


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCount:
    """The dead-letter queues at a deployment's first flip. `before` is by queue, None where it
    could not be counted.
    """

    service: str
    deployment: str
    at: str
    queues: tuple[DeadLetters, ...]
    before: Mapping[str, int | None]


class DeadLetterCounts:
    """The item `DEADLETTERS` of a deployment, and of its service, whose newest it is."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, service: str) -> FirstCount | None:
        """The count of the service's newest deployment that had dead-letter queues."""
        item = self._ledger.get(f"SERVICE#{service}", "DEADLETTERS")
        return None if item is None else decode(FirstCount, item)

    def of_deployment(self, deployment: str) -> FirstCount | None:
        """The count at the deployment's first flip, None where that was not reached, or had nothing
        to count.
        """
        item = self._ledger.get(f"DEPLOYMENT#{deployment}", "DEADLETTERS")
        return None if item is None else decode(FirstCount, item)

    def note(self, count: FirstCount) -> None:
        """Writes a count once: a later one of the same deployment is passed over."""
        item: dict[str, Any] = {**encode(count), "sk": "DEADLETTERS"}
        try:
            self._ledger.transact(
                Put({**item, "pk": f"DEPLOYMENT#{count.deployment}"}, "attribute_not_exists(pk)"),
                Put({**item, "pk": f"SERVICE#{count.service}"}),
            )
        except ConditionFailed:
            return
