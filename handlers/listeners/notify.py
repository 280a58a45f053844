"""Tells EventBridge of deployments: what changes in the ledger becomes an event on the default bus.

Called with the ledger's stream, beside the machine: no phase waits for it, calls it or fails with
it. A change comes at least once, and those of one item in their order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.ledger.changes import read_change
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.events.change import Change
from handlers.domain.events.event import Event
from handlers.domain.events.telling import event_of

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda behind the event source mapping: from the first change that it names on, Lambda
    hands them over again.
    """
    changes = [read_change(record) for record in event["Records"]]
    with in_our_words():
        told, left = notify([each for each in changes if each is not None])
    logger.info("events", extra={"told": told, "left": left})
    return {"batchItemFailures": [{"itemIdentifier": left}] if left else []}


def notify(changes: Sequence[Change]) -> tuple[list[str], str | None]:
    """Puts the events of the changes; answers their ids, and the number of the first change whose
    event could not be put, or None.

    Safe to repeat: an event that comes twice has the same id.
    """
    records: dict[str, Mapping[str, Any]] = {}
    events: list[tuple[Change, Event]] = []
    for change in changes:
        found = event_of(change, _record(change, records))
        if found is not None:
            events.append((change, found))
    done = tools.event_bus.put([event for _, event in events])
    left = events[done][0].sequence if done < len(events) else None
    return [str(event.detail["id"]) for _, event in events[:done]], left


def _record(change: Change, known: dict[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The record of the change's deployment, read once: what is told of it never changes."""
    if change.is_record:
        known[change.deployment] = change.item
    elif change.deployment not in known:
        known[change.deployment] = tools.journal.deployment(change.deployment) or {}
    return known[change.deployment]
