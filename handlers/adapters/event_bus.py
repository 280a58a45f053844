"""EventBridge's default bus: the events of deployments.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from handlers.adapters.log import logger
from handlers.domain.events.event import SOURCE, Event, batches

_TRIES = 3
_FOR_EVER = {"InvalidArgument", "MalformedDetail", "RedactionFailure"}
"""What EventBridge says of the entry itself, which no other try changes."""


class EventBus:
    """Events as they are published, in their order."""

    def __init__(self, events: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self._events, self._sleep = events, sleep

    def put(self, events: Sequence[Event]) -> int:
        """Puts the events on the bus, and answers how many of the first ones are dealt with.

        Of a call that was taken in part the rest is tried again some times, for half a second;
        nothing behind what is refused is begun then, so that it can be put again in its order. What
        EventBridge would never take is logged and passed over. Safe to repeat: an event that comes
        twice has the same `id` in its detail.
        """
        done = 0
        for batch in batches(events):
            refused = self._put(batch)
            if refused is not None:
                return done + refused
            done += len(batch)
        return done

    def _put(self, batch: Sequence[Event]) -> int | None:
        """The number of the first that was refused, or None."""
        left = list(range(len(batch)))
        for attempt in range(_TRIES):
            if attempt:
                self._sleep(0.1 * 2**attempt)
            answer = self._events.put_events(Entries=[_entry(batch[number]) for number in left])
            refused = {
                number: result
                for number, result in zip(left, answer["Entries"], strict=True)
                if "ErrorCode" in result
            }
            for number, result in refused.items():
                tell = logger.error if result["ErrorCode"] in _FOR_EVER else logger.warning
                tell("event refused", extra={"refused": result, "event": batch[number].detail})
            left = [each for each in refused if refused[each]["ErrorCode"] not in _FOR_EVER]
            if not left:
                return None
        return left[0]


def _entry(event: Event) -> dict[str, Any]:
    """The default bus is the one that is not named."""
    entry: dict[str, Any] = {
        "Source": SOURCE,
        "DetailType": event.detail_type,
        "Detail": event.text,
    }
    return {**entry, "Resources": [event.execution]} if event.execution else entry
