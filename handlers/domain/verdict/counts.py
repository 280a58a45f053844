"""Metric counts of one function's versions, as CloudWatch keeps them by period."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Counts = Mapping[int, float]


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
class PairCounts:
    """One version's sums of a metric of the service's own: all, and those that failed, or that
    succeeded where `succeeded` says so.
    """

    total: Counts = field(default_factory=dict)
    part: Counts = field(default_factory=dict)
    succeeded: bool = False


@dataclass(frozen=True, slots=True)
class FunctionCounts:
    """The counts of one function's blue and green, and of requests that Lambda turned away.

    `judges` names what is judged beside failures. A hang is told from requests that are
    `hang_seconds` old, None where the time-out is sooner. `pairs` are blue's and green's counts of
    the service's own metrics, by their names.
    """

    blue: VersionCounts
    green: VersionCounts
    throttles: Counts = field(default_factory=dict)
    judges: frozenset[str] = frozenset()
    hang_seconds: float | None = None
    pairs: Mapping[str, tuple[PairCounts, PairCounts]] = field(default_factory=dict)
