"""A stratum: one stretch of time, and what blue and green did in it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stratum:
    """What both versions did in one stretch of time that begins at `start` (epoch seconds).

    Raises ValueError for counts that cannot be: negative ones, or more failures than requests.
    """

    start: int
    green_requests: int
    green_failures: int
    blue_requests: int
    blue_failures: int

    def __post_init__(self) -> None:
        for version, requests, failures in (
            ("green", self.green_requests, self.green_failures),
            ("blue", self.blue_requests, self.blue_failures),
        ):
            if not 0 <= failures <= requests:
                raise ValueError(
                    f"{version} cannot have failed {failures} of {requests} requests "
                    f"in the stratum at {self.start}: count requests, and failures among them"
                )


def totals(strata: Iterable[Stratum]) -> Stratum:
    """All strata in one, from the earliest start; zeros where there are none."""
    strata = list(strata)
    return Stratum(
        min((s.start for s in strata), default=0),
        sum(s.green_requests for s in strata),
        sum(s.green_failures for s in strata),
        sum(s.blue_requests for s in strata),
        sum(s.blue_failures for s in strata),
    )
