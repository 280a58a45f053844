"""From metric counts to evidence: the strata in which green can be compared with blue.

A version that was not invoked leaves no data points: that is no evidence, not a clean record.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum, totals


@dataclass(frozen=True, slots=True)
class VersionCounts:
    """One version's metric sums, each by the epoch second at which its period begins.

    `instrumented` says that the version has shown the marker of a service that counts the
    failures it answers.
    """

    invocations: Mapping[int, float] = field(default_factory=dict)
    errors: Mapping[int, float] = field(default_factory=dict)
    answered_failures: Mapping[int, float] = field(default_factory=dict)
    instrumented: bool = False


@dataclass(frozen=True, slots=True)
class FunctionCounts:
    """The counts of one function's blue and green."""

    blue: VersionCounts
    green: VersionCounts


@dataclass(frozen=True, slots=True)
class Flip:
    """The moment (epoch seconds) at which an alias of the service moved to green's `weight`."""

    at: float
    weight: int


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
    whichever function, fell into it: functions of a service feed one another.
    """
    flipped = {int(flip.at // stratum_seconds) * stratum_seconds for flip in flips}
    shifted = min((flip.at for flip in flips if flip.weight > 0), default=math.inf)
    closed_until = now - settle_seconds - stratum_seconds
    closed: dict[str, tuple[Stratum, ...]] = {}
    newest: dict[str, Stratum] = {}
    everything: list[Stratum] = []
    for name, counts in functions.items():
        strata = [
            s for s in _strata(counts, stratum_seconds) if s.start + stratum_seconds > shifted
        ]
        everything += strata
        closed[name] = tuple(
            s for s in strata if s.start <= closed_until and s.start not in flipped
        )
        unsettled = [s for s in strata if s.start > closed_until]
        if unsettled:
            newest[name] = _gravest_tail(unsettled)
    known = totals(everything)
    return Evidence(
        strata=closed,
        newest=newest,
        green_requests=known.green_requests,
        green_failures=known.green_failures,
    )


def _strata(counts: FunctionCounts, seconds: int) -> list[Stratum]:
    # Answered failures of one side only would make the first instrumented release look guilty.
    answered = counts.blue.instrumented and counts.green.instrumented
    blue = _by_stratum(counts.blue, seconds, answered)
    green = _by_stratum(counts.green, seconds, answered)
    return [
        Stratum(start, *green.get(start, (0, 0)), *blue.get(start, (0, 0)))
        for start in sorted(blue.keys() | green.keys())
    ]


def _by_stratum(counts: VersionCounts, seconds: int, answered: bool) -> dict[int, tuple[int, int]]:
    """Requests and failures by stratum, but for strata without Invocations.

    Failures are cut at the requests: the service stamps an answered failure by its own clock,
    which may put it on the other side of a stratum's edge than Lambda put the invocation.
    """
    requests = _summed(counts.invocations.items(), seconds)
    failed = [*counts.errors.items(), *(counts.answered_failures.items() if answered else ())]
    failures = _summed(failed, seconds)
    return {start: (n, min(failures.get(start, 0), n)) for start, n in requests.items() if n > 0}


def _summed(points: Iterable[tuple[int, float]], seconds: int) -> dict[int, int]:
    sums: dict[int, float] = {}
    for at, value in points:
        start = at // seconds * seconds
        sums[start] = sums.get(start, 0.0) + value
    return {start: round(value) for start, value in sums.items()}


def _gravest_tail(unsettled: Sequence[Stratum]) -> Stratum:
    """The last one, two, … strata in one: those in which green failed most beyond the half."""
    tails = [totals(unsettled[first:]) for first in range(len(unsettled))]
    return max(tails, key=lambda tail: 2 * tail.green_failures - tail.green_requests)
