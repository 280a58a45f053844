"""What AWS says of the ways in which a function gets messages."""

from dataclasses import dataclass

_STREAMS = ("kinesis", "dynamodb", "kafka")
_BOUNDED_STREAMS = ("kinesis", "dynamodb")
LATEST = "$LATEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """An event source mapping, and the `qualifier` that it calls: an alias, a version, or nothing
    for the bare function.

    `retries` and `most_age_seconds` are a stream's, None or -1 where they have no end; `on_failure`
    is the ARN of where it tells of records that it gave up.
    """

    arn: str
    qualifier: str = ""
    enabled: bool = True
    window_seconds: int = 0
    retries: int | None = None
    most_age_seconds: int | None = None
    on_failure: str | None = None

    @property
    def is_queue(self) -> bool:
        """Whether it is one of SQS."""
        return _service(self.arn) == "sqs"

    @property
    def is_stream(self) -> bool:
        """Whether it tries a record again until an age or a number that its owner sets."""
        return _service(self.arn) in _BOUNDED_STREAMS

    @property
    def keeps_order(self) -> bool:
        """Whether messages have an order, which two versions at once would break."""
        return not self.arn or self.arn.endswith(".fifo") or _service(self.arn) in _STREAMS

    @property
    def is_bare(self) -> bool:
        """Whether it calls the bare function, by whichever of its names."""
        return self.qualifier in ("", LATEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """A queue's settings, in seconds; `dead_letters` is the ARN of its dead-letter queue, which a
    message is moved to after `receives`, and `dead_letters_kept_seconds` is None where that queue
    could not be read. `unread` is why the queue itself could not be.
    """

    visibility_seconds: int = 30
    kept_seconds: int = 345_600
    dead_letters: str | None = None
    receives: int = 0
    dead_letters_kept_seconds: int | None = None
    unread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncCalls:
    """What becomes of an asynchronous call of the alias that fails: after so many `retries` it goes
    to `on_failure`, an ARN, or is lost. `bare_only` says that the bare function has such settings
    and the alias has none: they are kept by qualifier.
    """

    retries: int = 2
    on_failure: str | None = None
    bare_only: bool = False


def name_of(arn: str) -> str:
    """How people call what has the ARN: the queue, the stream or the table."""
    if not arn:
        return "a self-managed event source"
    resource = arn.split(":", 5)[-1]
    parts = resource.replace(":", "/").split("/")
    return parts[1] if len(parts) > 1 and parts[0] in ("stream", "table", "cluster") else resource


def is_queue(arn: str | None) -> bool:
    """Whether the ARN is of a queue of SQS."""
    return arn is not None and _service(arn) == "sqs"


def _service(arn: str) -> str:
    parts = arn.split(":")
    return parts[2] if len(parts) > 2 else ""
