"""Who waits for whom, whatever the ledger is."""

from dataclasses import replace

import pytest

from handlers.domain.messages import BundleRef
from handlers.domain.queue.entry import Entry
from handlers.domain.queue.line import (
    MOST_WAITING,
    findings,
    has_to_wait,
    place_of,
    why_not_waiting,
)
from handlers.domain.registration.registration import Concurrency
from handlers.domain.request.request import Request

DRY = Request(release="1.1.0", dry_run=True)
TURN = Request(release="1.1.0", queued="2026-11-23T10:15:02.123Z#sha256:x")
ASKED = Request(release="1.1.0")
EVENT = Request(source="s3", release="1.1.0")
LATEST = Request(release="latest")


def entry(release: str, minute: int = 0) -> Entry:
    return Entry(
        service="orders",
        since=f"2026-11-23T10:{minute:02}:02.123Z",
        release=release,
        bundle=BundleRef("b", f"releases/orders/{release}.zip", "v1", f"sha256:{release}"),
        source="s3",
        latest=False,
        shift_plan=None,
        hotfix=None,
        execution="arn:e",
        deployment=f"orders-{release}",
    )


@pytest.mark.parametrize(
    ("concurrency", "request_", "busy", "others", "waits"),
    [
        ("queue", ASKED, False, False, False),
        ("queue", ASKED, True, False, True),
        ("queue", ASKED, False, True, True),
        ("supersede", ASKED, True, False, True),
        ("supersede", ASKED, False, True, True),
        ("reject", ASKED, True, True, False),
        ("queue", DRY, True, True, False),
        ("queue", TURN, False, True, False),
        ("queue", TURN, True, True, True),
        ("reject", TURN, True, True, True),
    ],
)
def test_who_waits(
    concurrency: Concurrency, request_: Request, *, busy: bool, others: bool, waits: bool
) -> None:
    line = [entry("1.0.0")] if others else []
    assert has_to_wait(concurrency, request_, line, busy=busy) is waits


@pytest.mark.parametrize(
    ("request_", "codes"),
    [(ASKED, []), (EVENT, ["OlderThanQueued"]), (LATEST, ["OlderThanQueued"])],
)
def test_only_a_person_queues_an_older_release_behind_a_newer_one(
    request_: Request, codes: list[str]
) -> None:
    found = findings("orders", request_, "1.1.0", [entry("1.0.0"), entry("1.2.0")], None)
    assert [each.code for each in found] == codes
    behind = findings("orders", request_, "1.1.0", [], "1.2.0")
    assert [each.code for each in behind] == codes
    assert findings("orders", request_, "1.2.0", [entry("1.2.0")], "1.2.0") == []


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (ASKED, 'with concurrency="reject" in its stack nothing waits for its turn'),
        (DRY, "a dry run does not wait for its turn"),
        (Request(action="contract"), "a contract does not wait for its turn"),
    ],
)
def test_what_is_refused_instead_of_waiting_is_told_why(request_: Request, why: str) -> None:
    assert why_not_waiting("reject", request_) == why


def test_there_is_an_end_to_waiting() -> None:
    (full,) = findings("orders", ASKED, "1.1.0", [entry("1.0.0")] * MOST_WAITING, None)
    assert full.code == "QueueFull"
    assert "`greenshift stop orders --queued RELEASE`" in full.do


def test_all_that_wait_leave_in_one_transaction_of_the_ledger() -> None:
    """Each takes three writes, and who supersedes them four; DynamoDB takes a hundred."""
    assert MOST_WAITING * 3 + 4 <= 100


def test_the_place_is_by_the_time_of_asking() -> None:
    line = [entry("1.0.0", 1), entry("1.1.0", 2), entry("1.2.0", 3)]
    assert [place_of(each.key, line) for each in line] == [1, 2, 3]
    assert place_of(entry("1.3.0", 4).key, line) == 4
    assert place_of(entry("0.9.0", 0).key, line) == 1


def test_what_a_person_asks_for_again_says_how_and_an_event_does_not() -> None:
    waiting = entry("1.1.0")
    assert waiting.asked_again(EVENT) == waiting
    assert waiting.asked_again(LATEST) == waiting
    asked = waiting.asked_again(replace(ASKED, shift_plan="steps(100@1)"))
    assert (asked.source, asked.shift_plan, asked.key) == ("console", "steps(100@1)", waiting.key)
    assert asked.asked_again(ASKED) == asked, "nothing is said of how"


def test_an_entry_is_asked_for_as_it_was_with_its_very_bundle() -> None:
    found = replace(entry("1.1.0"), latest=True, hotfix="the till is down").asked()
    assert found == Request(
        source="s3",
        release="latest",
        bucket="b",
        key="releases/orders/1.1.0.zip",
        object_version="v1",
        hotfix="the till is down",
        queued="2026-11-23T10:00:02.123Z#sha256:1.1.0",
    )
