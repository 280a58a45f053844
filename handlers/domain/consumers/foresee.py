"""What would become of messages that green fails on: told by the plan, and nothing is refused for
it. What forbids a deployment is judged by the preflight.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from handlers.domain.consumers.dead_letters import DeadLetters
from handlers.domain.consumers.source import AsyncCalls, EventSource, QueueFacts, is_queue, name_of

LEAST_RECEIVES = 5
"""What AWS asks for of `maxReceiveCount`, so that throttling alone makes no dead letter.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
TIMES_THE_TIMEOUT = 6
"""What AWS asks for of the visibility time-out, in time-outs of the function; the batching window
comes on top. As above.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A function as messages reach it. `queues` is by ARN, `calls` None where nobody calls it
    asynchronously; `dead_letters` is the function's own target for those, an ARN. `weight` is the
    largest share below 100 % that green gets of it, 0 where it moves at once.
    """

    key: str
    name: str
    alias: str
    timeout_seconds: int
    weight: int = 0
    sources: tuple[EventSource, ...] = ()
    queues: Mapping[str, QueueFacts] = field(default_factory=dict)
    calls: AsyncCalls | None = None
    dead_letters: str | None = None

    def own(self) -> Iterator[EventSource]:
        """The sources that follow a release."""
        return (each for each in self.sources if each.qualifier == self.alias)


def warnings(consumer: Consumer) -> list[str]:
    """Everything that the plan says of it, a sentence each."""
    return [f"{_level(told)}{consumer.key}: {told.text}" for told in _told(consumer)]


def dead_letters_of(consumer: Consumer) -> Iterator[DeadLetters]:
    """The queues in which what it fails on ends."""
    functions = (consumer.key,)
    for source in consumer.own():
        facts = consumer.queues.get(source.arn) if source.is_queue else None
        if facts and facts.dead_letters:
            yield DeadLetters(
                queue=facts.dead_letters, of="messages", functions=functions, sources=(source.arn,)
            )
        if source.on_failure is not None and is_queue(source.on_failure):
            yield DeadLetters(queue=source.on_failure, of="records", functions=functions)
    if consumer.dead_letters is not None and is_queue(consumer.dead_letters):
        yield DeadLetters(queue=consumer.dead_letters, of="events", functions=functions)
    if consumer.calls and consumer.calls.on_failure and is_queue(consumer.calls.on_failure):
        yield DeadLetters(queue=consumer.calls.on_failure, of="failures", functions=functions)


@dataclass(frozen=True, slots=True)
class _Told:
    text: str
    harmless: bool = False


def _level(told: _Told) -> str:
    return "" if told.harmless else "WARNING: "


def _told(consumer: Consumer) -> Iterator[_Told]:
    for source in consumer.sources:
        name = name_of(source.arn)
        if source.is_bare:
            continue
        if source.qualifier != consumer.alias:
            yield _Told(
                f"{name} calls {consumer.name}:{source.qualifier}, and no release moves that: "
                f"point it at {consumer.alias}"
            )
        elif not source.enabled:
            yield _Told(f"{name} is disabled, so that green gets nothing from it", harmless=True)
        elif source.is_queue:
            yield from _of_queue(consumer, source, consumer.queues.get(source.arn, QueueFacts()))
        elif source.is_stream:
            yield from _of_stream(source)
    if consumer.calls is not None:
        yield from _of_calls(consumer, consumer.calls)


def _of_queue(consumer: Consumer, source: EventSource, queue: QueueFacts) -> Iterator[_Told]:
    name = name_of(source.arn)
    if queue.unread is not None:
        yield _Told(f"{name} could not be read ({queue.unread}), and what fails is not counted")
        return
    wanted = TIMES_THE_TIMEOUT * consumer.timeout_seconds + source.window_seconds
    if queue.visibility_seconds < wanted:
        yield _Told(
            f"the visibility time-out of {name} is {queue.visibility_seconds} s, and AWS asks for "
            f"{wanted} s (six times the function's time-out, and the batching window): a message "
            "may be worked off twice, or be given up although nothing failed"
        )
    if queue.dead_letters is None:
        yield _Told(
            f"{name} has no dead-letter queue: a message that green fails on is tried again for "
            f"{_duration(queue.kept_seconds)} after it was sent, and is then lost"
        )
        return
    dead = name_of(queue.dead_letters)
    if queue.receives < LEAST_RECEIVES:
        yield _Told(
            f"{name} gives a message up after {queue.receives} "
            f"{'receive' if queue.receives == 1 else 'receives'} (maxReceiveCount), and AWS asks "
            f"for at least {LEAST_RECEIVES}: {_share(consumer, queue)} in {dead}"
        )
    kept, fifo = queue.dead_letters_kept_seconds, source.arn.endswith(".fifo")
    if kept is not None and kept < queue.kept_seconds and not fifo:
        yield _Told(
            f"{dead} keeps a message for {_duration(kept)} after it was sent, and {name} for "
            f"{_duration(queue.kept_seconds)}: one that is given up late is lost"
        )


def _share(consumer: Consumer, queue: QueueFacts) -> str:
    """How much of what green cannot handle ends as a dead letter: each receive is drawn anew."""
    if consumer.weight:
        share = (consumer.weight / 100) ** queue.receives
        return (
            f"while green has {consumer.weight} %, {100 * share:.2g} % of the messages that it "
            "fails on, and blue does not, are then"
        )
    least = _duration(queue.receives * queue.visibility_seconds)
    return f"those that green fails on are after {least} of a bake"


def _of_stream(source: EventSource) -> Iterator[_Told]:
    name = name_of(source.arn)
    unbounded = (None, -1)
    if source.retries in unbounded and source.most_age_seconds in unbounded:
        yield _Told(
            f"{name} tries a record that green fails on until it expires (MaximumRetryAttempts "
            "-1), and its shard stands still so long"
        )
    elif source.on_failure is None:
        yield _Told(
            f"{name} passes over a record that green has failed on for the last time, and tells "
            "nobody: it has no OnFailure destination"
        )


def _of_calls(consumer: Consumer, calls: AsyncCalls) -> Iterator[_Told]:
    if calls.on_failure is None and consumer.dead_letters is None:
        bare = (
            f"; what is configured on the bare function does not hold for {consumer.alias}"
            if calls.bare_only
            else ""
        )
        tries = calls.retries + 1
        yield _Told(
            f"an event that green fails on is lost after {tries} "
            f"{'try' if tries == 1 else 'tries'}: {consumer.alias} has no OnFailure destination "
            f"and the function no dead-letter queue{bare}"
        )


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            number = seconds // size
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{seconds} s"
