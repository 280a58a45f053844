"""What blue did before a shift, from CloudWatch's counts of its aliases."""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.metric_sums import Query, statistics
from handlers.domain.verdict.before import Before

BEFORE_HOURS = 3
"""So long a record of blue is taken before a shift."""
_HOUR, _MINUTE = 3600, 60

OfBlue = Mapping[tuple[str, str], Query]
"""By a function's key and what is counted: invocations, errors, answered failures, throttles and
the p95 of the duration.
"""


def hours_before(cloudwatch: Any, queries: OfBlue, end: float) -> dict[str, Before]:
    """Each function's record in the whole hours before the epoch second `end` and in the one that
    runs, counted from its first request there.
    """
    start = end - end % _HOUR - BEFORE_HOURS * _HOUR
    found = statistics(cloudwatch, queries, start, end, _HOUR)
    asked = {key: query for (key, counts), query in queries.items() if counts == "invocations"}
    minutely = statistics(cloudwatch, asked, start, end, _MINUTE)
    return {key: _before(key, found, _minutes_since(minutely[key], end)) for key in asked}


def lately(
    cloudwatch: Any, queries: OfBlue, start: float, end: float, period: int
) -> dict[str, Before]:
    """Each function's record in the periods from the epoch second `start` on."""
    found = statistics(cloudwatch, queries, start, end, period)
    return {key: _before(key, found, (end - start) / 60) for key in {key for key, _ in queries}}


def _minutes_since(invocations: Mapping[int, float], end: float) -> float:
    first = min((at for at, value in invocations.items() if value), default=end)
    return (end - first) / 60


def _before(
    key: str, found: Mapping[tuple[str, str], Mapping[int, float]], minutes: float
) -> Before:
    def of(counts: str) -> Mapping[int, float]:
        return found[key, counts]

    invocations, p95 = of("invocations"), of("p95")
    known = sum(invocations.get(at, 0) for at in p95)
    return Before(
        requests=round(sum(invocations.values())),
        failures=round(sum(of("errors").values()) + sum(of("answered_failures").values())),
        throttles=round(sum(of("throttles").values())),
        minutes=minutes,
        p95_ms=sum(p95[at] * invocations.get(at, 0) for at in p95) / known if known else None,
    )
