"""How events come onto the bus, and what is tried again."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from ledger_items import DEPLOYMENT, RECORD, phase, record, verdict

from handlers.adapters.event_bus import EventBus
from handlers.domain.events.event import MOST_BYTES, PHASE, Event, batches
from handlers.listeners import notify


class Events:
    """EventBridge, which answers each entry with the next of `refusals`."""

    def __init__(self, *refusals: str | None) -> None:
        self.calls: list[list[str]] = []
        self._refusals = list(refusals)

    def put_events(self, *, Entries: Sequence[Any]) -> Any:
        self.calls.append([entry["Detail"] for entry in Entries])
        codes = [self._refusals.pop(0) if self._refusals else None for _ in Entries]
        results = [{"ErrorCode": code} if code else {"EventId": "e"} for code in codes]
        return {"FailedEntryCount": len([c for c in codes if c]), "Entries": results}


def event(number: int, more: str = "") -> Event:
    return Event(PHASE, {"id": str(number), "more": more}, "")


def put(events: Events, count: int) -> int:
    return EventBus(events, lambda seconds: None).put([event(each) for each in range(count)])


def test_events_go_ten_at_once_in_their_order() -> None:
    events = Events()
    assert put(events, 23) == 23
    assert [len(call) for call in events.calls] == [10, 10, 3]
    assert [each for call in events.calls for each in call] == [event(n).text for n in range(23)]


def test_one_call_has_no_more_bytes_than_eventbridge_takes() -> None:
    found = list(batches([event(each, "x" * 60_000) for each in range(10)]))
    assert [len(each) for each in found] == [4, 4, 2]
    assert all(sum(each.size for each in batch) <= MOST_BYTES for batch in found)


def test_only_what_was_refused_is_tried_again() -> None:
    events = Events(None, "ThrottlingException", None, "InternalFailure")
    assert put(events, 5) == 5
    assert [len(call) for call in events.calls] == [5, 2]


def test_nothing_behind_what_stays_refused_is_begun() -> None:
    events = Events(None, None, *["ThrottlingException"] * 8, *["ThrottlingException"] * 16)
    assert put(events, 12) == 2
    assert [len(call) for call in events.calls] == [10, 8, 8]


def test_what_eventbridge_will_never_take_holds_nobody_up() -> None:
    events = Events(None, "MalformedDetail")
    assert put(events, 12) == 12
    assert [len(call) for call in events.calls] == [10, 2]


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The listener with an EventBridge that refuses, and a ledger that counts what is read of it."""

    def make(*refusals: str | None) -> tuple[Events, list[str]]:
        events, read = Events(*refusals), list[str]()

        def deployment(name: str) -> Any:
            read.append(name)
            return RECORD

        bus = EventBus(events, lambda seconds: None)
        tools = SimpleNamespace(event_bus=bus, journal=SimpleNamespace(deployment=deployment))
        monkeypatch.setattr(notify, "tools", tools)
        return events, read

    return make


def test_lambda_goes_on_at_the_first_change_that_was_not_told(listening: Any) -> None:
    events, read = listening(None, *["ThrottlingException"] * 6)
    records = [
        record({"sk": "META", "pk": "EXEC#other"}),
        record(phase("VerifyGreen")),
        {"dynamodb": "unreadable"},
        record(verdict("wait"), verdict("wait")),
        record(verdict("pass"), verdict("wait")),
        record(phase("Finalize", over=True)),
    ]
    answer = notify.handler({"Records": records}, None)
    left = records[4]["dynamodb"]["SequenceNumber"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": left}]}
    assert [len(call) for call in events.calls] == [3, 2, 2]
    assert read == [DEPLOYMENT], "once for all of one deployment"


def test_lambda_is_done_when_everything_is_told(listening: Any) -> None:
    listening()
    assert notify.handler({"Records": [record(phase("Bake"))]}, None) == {"batchItemFailures": []}
