"""A move of messages out of a dead-letter queue, as SQS tells it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """When it was started, in milliseconds of the epoch, SQS's word for how it stands, and how many
    messages it has moved so far.
    """

    started: int
    status: str
    moved: int
    failure: str | None = None

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.status in ("RUNNING", "CANCELLING")

    @property
    def done(self) -> bool:
        """Whether it has moved everything that it was to move."""
        return self.status == "COMPLETED"
