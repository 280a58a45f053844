"""One event of a deployment, as it is published (docs/events.md), and how many go in one call."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

SOURCE = "greenshift"
SCHEMA = 1
DetailType = Literal[
    "Greenshift Deployment Phase Change",
    "Greenshift Deployment Verdict Change",
    "Greenshift Deployment State Change",
]
PHASE: DetailType = "Greenshift Deployment Phase Change"
VERDICT: DetailType = "Greenshift Deployment Verdict Change"
STATE: DetailType = "Greenshift Deployment State Change"

MOST_REASON = 4096
"""Characters of a reason that are told; the ledger has all of it."""
MOST_EVENT = 64 * 1024
"""Bytes of one event: above, versions are left out, which are then in the ledger alone."""
MOST_AT_ONCE = 10
MOST_BYTES = 256 * 1024
"""Entries, and bytes of all of them, in one PutEvents.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
"""


@dataclass(frozen=True, slots=True)
class Event:
    """`execution` is the ARN of the execution that it is about, empty where that is not known."""

    detail_type: DetailType
    detail: Mapping[str, Any]
    execution: str

    @property
    def text(self) -> str:
        """The detail as JSON."""
        return json.dumps(self.detail, ensure_ascii=False)

    @property
    def size(self) -> int:
        """Bytes, as EventBridge counts them."""
        parts = (SOURCE, self.detail_type, self.text, self.execution)
        return sum(len(part.encode(errors="replace")) for part in parts)


def fitting(event: Event) -> Event:
    """The event, without the functions' versions where they are too many for one."""
    if event.size <= MOST_EVENT:
        return event
    return replace(event, detail={**event.detail, "blue": {}, "green": {}})


def batches(events: Sequence[Event]) -> Iterator[list[Event]]:
    """The events in their order, as many at once as one call takes."""
    batch: list[Event] = []
    size = 0
    for event in events:
        if batch and (len(batch) == MOST_AT_ONCE or size + event.size > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += event.size
    if batch:
        yield batch
