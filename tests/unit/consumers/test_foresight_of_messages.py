"""What the plan says of messages that green would fail on, and in which queues they would end."""

from typing import Any

import pytest

from handlers.domain.consumers.dead_letters import together
from handlers.domain.consumers.foresee import Consumer, dead_letters_of, warnings
from handlers.domain.consumers.source import AsyncCalls, EventSource, QueueFacts, name_of

AT = "eu-central-1:123456789012"
QUEUE, DEAD, FIFO = f"arn:aws:sqs:{AT}:orders", f"arn:aws:sqs:{AT}:dead", f"arn:aws:sqs:{AT}:a.fifo"
TABLE = f"arn:aws:dynamodb:{AT}:table/orders/stream/2026-11-28T00:00:00.000"
TOPIC = f"arn:aws:sns:{AT}:failed"
SOUND = QueueFacts(
    visibility_seconds=60,
    kept_seconds=345_600,
    dead_letters=DEAD,
    receives=5,
    dead_letters_kept_seconds=1_209_600,
)


def consumer(source: EventSource | None = None, queue: QueueFacts = SOUND, **more: Any) -> Consumer:
    settings = {"key": "worker", "timeout_seconds": 10, "weight": 50, **more}
    return Consumer(
        name="orders-worker",
        alias="live",
        sources=(source,) if source else (),
        queues={source.arn: queue} if source else {},
        **settings,
    )


def on_queue(**changes: Any) -> EventSource:
    return EventSource(**{"arn": QUEUE, "qualifier": "live", **changes})


def queue(**changes: Any) -> QueueFacts:
    known = {name: getattr(SOUND, name) for name in SOUND.__slots__}
    return QueueFacts(**{**known, **changes})


def test_what_is_as_aws_asks_for_needs_no_word() -> None:
    assert warnings(consumer(on_queue())) == []


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (consumer(on_queue(), queue(receives=3)), "WARNING: worker: orders gives a message up after 3 receives (maxReceiveCount), and AWS asks for at least 5: while green has 50 %, 12 % of the messages that it fails on, and blue does not, are then in dead"),
        (consumer(on_queue(), queue(receives=1), weight=0), "orders gives a message up after 1 receive (maxReceiveCount), and AWS asks for at least 5: those that green fails on are after 1 minute of a bake in dead"),
        (consumer(on_queue(), queue(dead_letters=None)), "orders has no dead-letter queue: a message that green fails on is tried again for 4 days after it was sent, and is then lost"),
        (consumer(on_queue(window_seconds=5)), "the visibility time-out of orders is 60 s, and AWS asks for 65 s"),
        (consumer(on_queue(), timeout_seconds=11), "AWS asks for 66 s (six times the function's time-out, and the batching window)"),
        (consumer(on_queue(), queue(dead_letters_kept_seconds=86_400)), "dead keeps a message for 1 day after it was sent, and orders for 4 days: one that is given up late is lost"),
        (consumer(on_queue(), QueueFacts(unread="AccessDenied")), "WARNING: worker: orders could not be read (AccessDenied), and what fails is not counted"),
        (consumer(on_queue(qualifier="3")), "WARNING: worker: orders calls orders-worker:3, and no release moves that: point it at live"),
        (consumer(on_queue(enabled=False)), "worker: orders is disabled, so that green gets nothing from it"),
        (consumer(EventSource(arn=TABLE, qualifier="live")), "WARNING: worker: orders tries a record that green fails on until it expires (MaximumRetryAttempts -1), and its shard stands still so long"),
        (consumer(EventSource(arn=TABLE, qualifier="live", retries=3)), "orders passes over a record that green has failed on for the last time, and tells nobody: it has no OnFailure destination"),
        (consumer(calls=AsyncCalls()), "an event that green fails on is lost after 3 tries: live has no OnFailure destination and the function no dead-letter queue"),
        (consumer(calls=AsyncCalls(retries=0)), "is lost after 1 try: live has no"),
        (consumer(calls=AsyncCalls(bare_only=True)), "what is configured on the bare function does not hold for live"),
    ],
)  # fmt: skip
def test_what_would_become_of_messages_is_told_in_one_sentence(found: Consumer, told: str) -> None:
    (line,) = warnings(found)
    assert told in line


@pytest.mark.parametrize(
    "found",
    [
        consumer(on_queue(arn=FIFO), queue(dead_letters_kept_seconds=86_400)),
        consumer(EventSource(arn=TABLE, qualifier="live", most_age_seconds=60, on_failure=TOPIC)),
        consumer(EventSource(arn=TABLE, qualifier="live", retries=3, on_failure=DEAD)),
        consumer(EventSource(arn=f"arn:aws:kafka:{AT}:cluster/c/1", qualifier="live")),
        consumer(calls=AsyncCalls(on_failure=TOPIC)),
        consumer(calls=AsyncCalls(), dead_letters=TOPIC),
        consumer(on_queue(qualifier="")),
        consumer(on_queue(qualifier="$LATEST")),
    ],
    ids=["a fifo's clock starts again", "bounded by age", "told by OnFailure", "another stream",
         "on failure", "a dead-letter topic", "bare: the preflight's", "latest: the preflight's"],
)  # fmt: skip
def test_what_loses_nothing_is_not_warned_of(found: Consumer) -> None:
    assert warnings(found) == []


def test_dead_letters_are_those_of_what_follows_a_release_and_each_queue_is_told_once() -> None:
    other = f"arn:aws:sqs:{AT}:failures"
    found = [
        consumer(on_queue()),
        consumer(on_queue(arn=f"{QUEUE}-eu"), key="eu"),
        consumer(on_queue(qualifier="3"), queue(dead_letters=f"{DEAD}-old")),
        consumer(EventSource(arn=TABLE, qualifier="live", on_failure=other)),
        consumer(calls=AsyncCalls(on_failure=DEAD), dead_letters=TOPIC),
    ]
    letters = together(each for one in found for each in dead_letters_of(one))
    assert [(each.name, each.of, each.functions, each.sources) for each in letters] == [
        ("dead", "messages", ("eu", "worker"), (QUEUE, f"{QUEUE}-eu")),
        ("failures", "records", ("worker",), ()),
    ]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (QUEUE, "orders"),
        (TABLE, "orders"),
        (f"arn:aws:kinesis:{AT}:stream/clicks", "clicks"),
        (f"arn:aws:kafka:{AT}:cluster/events/abc", "events"),
        (f"arn:aws:mq:{AT}:broker:b:id", "b:id"),
        ("", "a self-managed event source"),
    ],
)
def test_a_source_is_called_as_people_call_it(arn: str, name: str) -> None:
    assert name_of(arn).endswith(name)


@pytest.mark.parametrize(
    ("arn", "keeps"), [(QUEUE, False), (FIFO, True), (TABLE, True), ("", True), (TOPIC, False)]
)
def test_what_keeps_an_order_is_known_by_its_arn(arn: str, keeps: bool) -> None:
    assert EventSource(arn=arn).keeps_order is keeps
