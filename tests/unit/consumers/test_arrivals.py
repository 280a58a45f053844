"""What came into dead-letter queues since the first flip, in words."""

import pytest

from handlers.domain.consumers.dead_letters import Counted, DeadLetters, Of, arrivals, way_by_hand
from handlers.domain.consumers.move import Move


def counted(before: int | None, now: int | None, of: Of = "messages") -> Counted:
    letters = DeadLetters(queue="arn:aws:sqs:eu-central-1:1:dead", of=of, functions=("worker",))
    return Counted(letters=letters, before=before, now=now)


REDRIVE = "`greenshift redrive orders`"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (counted(3, 15), f"about 12 messages arrived in dead since the first flip: {REDRIVE} moves them back"),
        (counted(0, 1), f"about 1 message arrived in dead since the first flip: {REDRIVE} moves them back"),
        (counted(0, 1_234, "events"), f"about 1,234 events arrived in dead since the first flip: see {REDRIVE}"),
        (counted(0, 1, "failures"), f"about 1 report of failed events arrived in dead since the first flip: see {REDRIVE}"),
        (counted(None, 4), f"dead has about 4 messages: how many of them were there before the first flip is not known; {REDRIVE} moves them back"),
        (counted(3, None), "what arrived in dead since the first flip could not be counted"),
    ],
)  # fmt: skip
def test_a_queue_in_which_something_arrived_is_told(found: Counted, told: str) -> None:
    assert arrivals("orders", [found]) == [told]


@pytest.mark.parametrize("found", [counted(3, 3), counted(5, 2), counted(None, 0)])
def test_a_queue_in_which_nothing_arrived_is_not(found: Counted) -> None:
    assert arrivals("orders", [found]) == []


@pytest.mark.parametrize(
    ("of", "told"),
    [
        ("events", "call with the body of each `aws lambda invoke --invocation-type Event --function-name orders-worker:live`, then delete it"),
        ("failures", "call with the requestPayload in its body of each"),
        ("records", "each says where its records are in the stream"),
    ],
)  # fmt: skip
def test_what_sqs_cannot_move_back_has_a_way_by_hand(of: Of, told: str) -> None:
    letters = counted(0, 1, of).letters
    assert not letters.can_be_redriven
    assert told in way_by_hand(letters, "live", {"worker": "orders-worker"})


@pytest.mark.parametrize(
    ("status", "runs", "done"),
    [
        ("RUNNING", True, False),
        ("CANCELLING", True, False),
        ("COMPLETED", False, True),
        ("CANCELLED", False, False),
        ("FAILED", False, False),
    ],
)
def test_a_move_runs_is_done_or_was_broken_off(status: str, runs: bool, done: bool) -> None:
    move = Move(1, status, 0)
    assert (move.runs, move.done) == (runs, done)
