"""Queues in which messages end that could not be worked off, and what came into them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Of = Literal["messages", "events", "failures", "records"]
"""What lies in it: `messages` of another queue, `events` of asynchronous calls, Lambda's reports of
`failures` of these, or its reports of `records` of a stream.
"""
_OWN_WORDS: Mapping[Of, str] = {
    "messages": "messages",
    "events": "events",
    "failures": "reports of failed events",
    "records": "reports of failed records",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """A queue by its ARN, the functions that may fill it, by key, and the queues that it is the
    dead-letter queue of.
    """

    queue: str
    of: Of
    functions: tuple[str, ...]
    sources: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.queue.rpartition(":")[2]

    @property
    def can_be_redriven(self) -> bool:
        """Whether SQS moves its messages back: only those of another queue.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
        """
        return self.of == "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many messages a queue had at the first flip, and has `now`: None where that could not be
    counted. SQS counts approximately, and a minute late.
    """

    letters: DeadLetters
    before: int | None
    now: int | None

    @property
    def arrived(self) -> int | None:
        """How many came since, at least: what was taken out meanwhile is not known."""
        if self.before is None or self.now is None:
            return None
        return max(0, self.now - self.before)

    def split(self) -> str:
        """The messages that it has, and where they are from in time."""
        assert self.now is not None
        if self.arrived is None:
            return "how many of them were there before the first flip is not known"
        there = self.now - self.arrived
        were = "was" if there == 1 else "were"
        return f"{self.arrived:,} arrived since the first flip, {there:,} {were} there before"


def together(found: Iterable[DeadLetters]) -> tuple[DeadLetters, ...]:
    """Each queue once, in the order of their names. One that is a dead-letter queue of another as
    well counts as such.
    """
    merged: dict[str, DeadLetters] = {}
    for each in sorted(found, key=lambda each: not each.can_be_redriven):
        known = merged.get(each.queue, each)
        merged[each.queue] = DeadLetters(
            queue=each.queue,
            of=known.of,
            functions=tuple(sorted({*known.functions, *each.functions})),
            sources=tuple(sorted({*known.sources, *each.sources})),
        )
    return tuple(merged[queue] for queue in sorted(merged))


def arrivals(service: str, counted: Iterable[Counted]) -> list[str]:
    """A sentence for each queue in which something arrived since the first flip, or may have."""
    told = []
    for each in counted:
        name, words = each.letters.name, _OWN_WORDS[each.letters.of]
        redrive = f"`greenshift redrive {service}`"
        way = f"{redrive} moves them back" if each.letters.can_be_redriven else f"see {redrive}"
        if each.now is None:
            told.append(f"what arrived in {name} since the first flip could not be counted")
        elif each.arrived is None and each.now:
            told.append(f"{name} has about {each.now:,} {words}: {each.split()}; {way}")
        elif each.arrived:
            some = words if each.arrived > 1 else _one(words)
            told.append(
                f"about {each.arrived:,} {some} arrived in {name} since the first flip: {way}"
            )
    return told


def way_by_hand(letters: DeadLetters, alias: str, names: Mapping[str, str]) -> str:
    """How what SQS cannot move back is worked off: where to read it, and what to call. `names` are
    Lambda's, by key.
    """
    called = " or ".join(f"{names.get(key, key)}:{alias}" for key in letters.functions)
    if letters.of == "records":
        return (
            "each says where its records are in the stream, which still has them until they "
            "expire: read them there"
        )
    payload = "body" if letters.of == "events" else "requestPayload in its body"
    return (
        f"call with the {payload} of each `aws lambda invoke --invocation-type Event "
        f"--function-name {called}`, then delete it"
    )


def _one(words: str) -> str:
    return words.replace("reports", "report") if "reports" in words else words.removesuffix("s")
