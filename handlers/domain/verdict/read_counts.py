"""One function's counts as strata."""

from handlers.domain.verdict.counts import Counts, FunctionCounts
from handlers.domain.verdict.evidence import Throttled
from handlers.domain.verdict.stratum import Stratum, totals
from handlers.domain.verdict.when import When


class ReadCounts:
    """One function's counts as strata, in the order of their starts."""

    def __init__(self, counts: FunctionCounts, when: When) -> None:
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
        sums, damaged = self._when.summed(*series)
        self.damaged |= damaged
        return sums
