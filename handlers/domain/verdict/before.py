"""What blue did in the hours before the shift: to it blue, and a green alone, are held."""

from dataclasses import dataclass, replace

BEARABLE = 3.0
"""So many times its record may a failure rate be before it counts as worse, as hours differ."""
FEWEST_REQUESTS = 100
HANG_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One function's `requests` in the `minutes` since the first of them, how many of them failed,
    how many more were throttled; `p95_ms` is the 95th percentile of their duration, None where it
    is not known. One that was `red` bears no more than it counted.
    """

    requests: int = 0
    failures: int = 0
    throttles: int = 0
    minutes: float = 0.0
    p95_ms: float | None = None
    memory_mb: int | None = None
    red: bool = False

    @property
    def ceiling(self) -> float | None:
        """The failure rate up to which it is no worse than this record; None where the record is
        too short to tell, or too bad for anything to be worse.

        Three failures more than were seen: 0 of n is what a rate of 3/n shows once in twenty times.
        """
        if self.requests < FEWEST_REQUESTS:
            return None
        ceiling = (1 if self.red else BEARABLE) * (self.failures + 3) / self.requests
        return ceiling if ceiling < 0.5 else None

    def with_more(self, requests: int, failures: int) -> "Before":
        """The record with what blue did later beside green."""
        return replace(self, requests=self.requests + requests, failures=self.failures + failures)

    @property
    def hang_seconds(self) -> float:
        """The age at which slow requests have ended too: three times blue's p95, after a minute."""
        return max(HANG_SECONDS, 60 + 3 * (self.p95_ms or 0) / 1000)

    @property
    def was_throttled(self) -> bool:
        """Whether most requests were throttled already: then it is none of green's doing."""
        return self.throttles > self.requests
