"""The ledger's queues: `QUEUE#<time>#<digest>` is who waits, `QUEUED#<digest>` keeps a bundle from
waiting twice, and `LEFT#<time>#<digest>` is what became of who waited.

All that changes one is in one transaction, with what else is true from then on.
"""

from dataclasses import replace
from typing import Any

from handlers.adapters.ledger.ledger import ConditionFailed, Delete, Ledger, Put, Write
from handlers.domain.codec import decode, encode
from handlers.domain.queue.entry import Entry, Left

_AS_READ = "attribute_exists(pk) AND #starts = :starts"
_THERE = "attribute_exists(pk)"


class Queue:
    """The queues of all services, each by its own service's name."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, service: str) -> list[Entry]:
        """Who waits, the next one first."""
        return [decode(Entry, item) for item in self._ledger.query(_pk(service), "QUEUE#")]

    def entry(self, service: str, key: str) -> Entry | None:
        """The entry, or None where it waits no more."""
        item = self._ledger.get(_pk(service), f"QUEUE#{key}")
        return None if item is None else decode(Entry, item)

    def left(self, service: str, key: str) -> dict[str, Any] | None:
        """What became of an entry that waits no more: its `execution` or its `answer`."""
        return self._ledger.get(_pk(service), f"LEFT#{key}")

    def entering(self, entry: Entry) -> tuple[Write, ...]:
        """The writes of a new entry; they fail where the same bundle waits already."""
        guard = {**_key(entry.service, f"QUEUED#{entry.bundle.digest}"), "entry": entry.key}
        return _put(entry), Put(guard, "attribute_not_exists(pk)")

    def rewriting(self, entry: Entry) -> Put:
        """The write of an entry in its place; it fails where it was started or left meanwhile."""
        return Put(_put(entry).item, _AS_READ, {":starts": entry.starts})

    def leaving(self, service: str, key: str, left: Left) -> tuple[Write, ...]:
        """The writes by which an entry leaves the queue; they fail where it has left already."""
        digest = key.partition("#")[2]
        return (
            Delete(_pk(service), f"QUEUE#{key}", _THERE),
            Delete(_pk(service), f"QUEUED#{digest}"),
            Put({**_key(service, f"LEFT#{key}"), **left}),
        )

    def leave(self, entry: Entry, left: Left) -> bool:
        """Takes an entry out of the queue; False where it has left already."""
        try:
            self._ledger.transact(*self.leaving(entry.service, entry.key, left))
        except ConditionFailed:
            return False
        return True

    def count_start(self, entry: Entry) -> Entry | None:
        """The entry with one start more; None where another counted it, or it has left."""
        counted = replace(entry, starts=entry.starts + 1)
        try:
            self._ledger.put(Put(_put(counted).item, _AS_READ, {":starts": entry.starts}))
        except ConditionFailed:
            return None
        return counted


def _put(entry: Entry) -> Put:
    return Put({**_key(entry.service, f"QUEUE#{entry.key}"), **encode(entry)})


def _key(service: str, sk: str) -> dict[str, str]:
    return {"pk": _pk(service), "sk": sk}


def _pk(service: str) -> str:
    return f"SERVICE#{service}"
