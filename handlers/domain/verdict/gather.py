"""From metric counts to evidence: the strata in which green can be compared with blue.

A version that was not invoked leaves no data points: that is no evidence, not a clean record.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from handlers.domain.verdict.evidence import Evidence, Throttled
from handlers.domain.verdict.finished import Share
from handlers.domain.verdict.stratum import Stratum, totals

Counts = Mapping[int, float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class VersionCounts:
    """One version's metric sums, each by the epoch second at which its period begins.

    `timed` counts the requests whose duration is known, `slow` those beyond blue's p95, `costly`
    those beyond it in memory times duration. `instrumented` says that the version has shown the
    marker of a service that counts the failures it answers.
    """

    invocations: Counts = field(default_factory=dict)
    errors: Counts = field(default_factory=dict)
    answered_failures: Counts = field(default_factory=dict)
    instrumented: bool = False
    timed: Counts = field(default_factory=dict)
    slow: Counts = field(default_factory=dict)
    costly: Counts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FunctionCounts:
    """The counts of one function's blue and green, and of requests that Lambda turned away.

    `judges` names what is judged beside failures. A hang is told from requests that are
    `hang_seconds` old, None where the time-out is sooner.
    """

    blue: VersionCounts
    green: VersionCounts
    throttles: Counts = field(default_factory=dict)
    judges: frozenset[str] = frozenset()
    hang_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """The moment (epoch seconds) at which an alias of the service moved for the step of `weight`
    per cent: that of `function`, which since then sends green the `share` (0 to 1) of its requests.
    """

    at: float
    weight: int
    function: str = ""
    share: float = 0.0


def gather_evidence(
    functions: Mapping[str, FunctionCounts],
    flips: Sequence[Flip],
    *,
    now: float,
    stratum_seconds: int,
    settle_seconds: float,
) -> Evidence:
    """The evidence at `now` (epoch seconds); the same counts give the same evidence.

    A stratum is closed once its end is `settle_seconds` old. It is dropped where a flip, of
    whichever function, fell into it: functions of a service feed one another. It is dropped as well
    where a count in it is negative or no number, and told.
    """
    when = _When(flips, now, stratum_seconds, settle_seconds)
    read = {name: _Read(counts, when) for name, counts in functions.items()}
    known = totals(stratum for each in read.values() for stratum in each.failures)
    return Evidence(
        strata={name: when.closed(each.failures) for name, each in read.items()},
        newest=_present({name: each.newest() for name, each in read.items()}),
        latency={
            name: when.closed(each.beyond("slow"))
            for name, each in read.items()
            if "latency" in each.counts.judges
        },
        cost={
            name: when.closed(each.beyond("costly"))
            for name, each in read.items()
            if "cost" in each.counts.judges
        },
        finished={
            name: _shares(name, each, when, each.counts.hang_seconds)
            for name, each in read.items()
            if each.counts.hang_seconds is not None
        },
        throttled=_present({name: each.throttled() for name, each in read.items()}),
        damaged=sum(len(each.damaged) for each in read.values()),
        green_requests=known.green_requests,
        green_failures=known.green_failures,
    )


class _When:
    """Which strata count: after the first shift, outside the flips, old enough."""

    def __init__(self, flips: Sequence[Flip], now: float, seconds: int, settle: float) -> None:
        self.flips, self.now, self.seconds = flips, now, seconds
        self._flipped = {int(flip.at // seconds) * seconds for flip in flips}
        self._shifted = min((flip.at for flip in flips if flip.weight > 0), default=math.inf)
        self._settle = settle

    def shifted(self, start: int) -> bool:
        """Whether any of the stratum lies after the first shift."""
        return start + self.seconds > self._shifted

    def settled(self, start: int, age: float | None = None) -> bool:
        """Whether its end is old enough to be judged, or `age` seconds."""
        return start <= self.now - (self._settle if age is None else age) - self.seconds

    def closed(self, strata: Iterable[Stratum]) -> tuple[Stratum, ...]:
        """Those that have settled and lie inside one step."""
        return tuple(s for s in strata if self.settled(s.start) and s.start not in self._flipped)

    def share(self, function: str, start: int) -> float:
        """Green's share of a function's requests in a stratum; 0 where a flip fell into it."""
        if start in self._flipped:
            return 0.0
        own = [flip for flip in self.flips if flip.function == function and flip.at <= start]
        return max(own, key=lambda flip: flip.at).share if own else 0.0


class _Read:
    """One function's counts as strata, in the order of their starts."""

    def __init__(self, counts: FunctionCounts, when: _When) -> None:
        self.counts, self._when = counts, when
        self.damaged: set[int] = set()
        # Answered failures of one side only would make the first instrumented release look guilty.
        answered = counts.blue.instrumented and counts.green.instrumented
        arms = (counts.green, counts.blue)
        self.failures = self._strata(
            [self._summed(arm.invocations) for arm in arms],
            [self._summed(arm.errors, arm.answered_failures if answered else {}) for arm in arms],
        )

    def beyond(self, name: str) -> list[Stratum]:
        """Strata in which the requests of the metric `name` are those that "failed"."""
        arms = (self.counts.green, self.counts.blue)
        return self._strata(
            [self._summed(arm.timed) for arm in arms],
            [self._summed(getattr(arm, name)) for arm in arms],
        )

    def newest(self) -> Stratum | None:
        """The last one, two, … strata in one that have not settled: those in which green failed
        most beyond the half.
        """
        open_ = [s for s in self.failures if not self._when.settled(s.start)]
        tails = [totals(open_[first:]) for first in range(len(open_))]
        return max(tails, key=lambda t: 2 * t.green_failures - t.green_requests, default=None)

    def throttled(self) -> Throttled | None:
        """The same of requests that Lambda turned away."""
        turned_away = self._summed(self.counts.throttles)
        taken = {s.start: s.green_requests + s.blue_requests for s in self.failures}
        starts = sorted(
            start
            for start in turned_away.keys() | taken.keys()
            if self._when.shifted(start) and not self._when.settled(start)
        )
        tails = [
            Throttled(
                sum(taken.get(start, 0) for start in starts[first:]),
                sum(turned_away.get(start, 0) for start in starts[first:]),
            )
            for first in range(len(starts))
        ]
        gravest = max(tails, key=lambda tail: tail.throttled - tail.requests, default=None)
        return gravest if gravest and gravest.throttled else None

    def _strata(
        self, requests: list[dict[int, int]], failed: list[dict[int, int]]
    ) -> list[Stratum]:
        """Strata but for those without requests. Failures are cut at the requests: the service
        stamps an answered failure by its own clock, which may put it on the other side of a
        stratum's edge than Lambda put the invocation.
        """
        starts = {start for arm in requests for start, count in arm.items() if count}
        found = []
        for start in sorted(starts - self.damaged):
            if self._when.shifted(start):
                green, blue = (
                    (arm.get(start, 0), min(arm.get(start, 0), bad.get(start, 0)))
                    for arm, bad in zip(requests, failed, strict=True)
                )
                found.append(Stratum(start, *green, *blue))
        return found

    def _summed(self, *series: Counts) -> dict[int, int]:
        seconds = self._when.seconds
        sums: dict[int, float] = {}
        for at, value in (point for each in series for point in each.items()):
            start = at // seconds * seconds
            if math.isfinite(value) and value >= 0:
                sums[start] = sums.get(start, 0.0) + value
            elif self._when.shifted(start):
                self.damaged.add(start)
        return {start: round(value) for start, value in sums.items()}


def _shares(name: str, read: _Read, when: _When, age: float | None) -> tuple[Share, ...]:
    """What green finished of what was sent to it, by its share of the requests."""
    found: dict[float, Share] = {}
    for each in read.failures:
        share = when.share(name, each.start)
        if 0 < share < 1 and when.settled(each.start, age):
            known = found.get(share, Share(share, 0, 0))
            requests = each.green_requests + each.blue_requests
            found[share] = Share(
                share, known.requests + requests, known.green + each.green_requests
            )
    return tuple(found.values())


def _present(found: Mapping[str, T | None]) -> dict[str, T]:
    return {name: each for name, each in found.items() if each is not None}
