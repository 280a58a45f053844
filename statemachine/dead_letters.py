"""What came into a service's dead-letter queues since traffic first moved, and the way back."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from handlers.adapters.ledger.dead_letters import Counts
from handlers.domain.consumers.dead_letters import Counted
from handlers.domain.consumers.move import Move
from statemachine.connection import Connection
from statemachine.problems import GaveUpWaiting

_COUNT_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The dead-letter queues as they are now, beside what they had `at` the first flip of the
    `deployment`. `went_back` says whether that one was undone, by itself or by hand, and nothing
    has been deployed since.
    """

    deployment: str
    at: str
    went_back: bool
    queues: tuple[Counted, ...]


class DeadLetterQueues:
    """Reads the ledger and SQS in the caller's name, and moves messages in it."""

    def __init__(self, connection: Connection, *, poll_seconds: float) -> None:
        self._on, self._poll_seconds = connection, poll_seconds

    def of(self, service: str) -> Arrived | None:
        """Those of the deployment that was undone last, or else of the newest that had some; None
        where no deployment had. What may not be counted is None.
        """
        if (undone := self.undone(service)) is not None:
            return undone
        counts = self._on.dead_letters.of(service)
        return None if counts is None else self._counted(counts, went_back=False)

    def undone(self, service: str) -> Arrived | None:
        """As `of`, and None unless the newest deployment was undone; then nothing is counted."""
        undone = self._on.dead_letters.undone(service)
        counts = None if undone is None else self._on.dead_letters.of_deployment(undone.deployment)
        return None if counts is None else self._counted(counts, went_back=True)

    def move(self, queue: str, *, timeout_seconds: float | None) -> Iterator[Move]:
        """Has SQS move every message of the queue back to where it came from, and looks until that
        has ended; a move that is under way is joined. Raises GaveUpWaiting.
        """
        before = self._on.queues.move(queue)
        if before is None or not before.runs:
            self._on.queues.start_move(queue)
        earlier = None if before is None or before.runs else before.started
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            move = self._on.queues.move(queue)
            if move is not None and move.started != earlier:
                yield move
                if not move.runs:
                    return
            if deadline is not None and time.monotonic() > deadline:
                name = queue.rpartition(":")[2]
                raise GaveUpWaiting(f"the messages of {name} are still being moved: that goes on")
            time.sleep(self._poll_seconds)

    def _counted(self, counts: Counts, *, went_back: bool) -> Arrived:
        arns = [each.queue for each in counts.queues]
        now = self._on.queues.counts(arns, within_seconds=_COUNT_SECONDS)
        return Arrived(
            deployment=counts.deployment,
            at=counts.at,
            went_back=went_back,
            queues=counts.counted(now),
        )
