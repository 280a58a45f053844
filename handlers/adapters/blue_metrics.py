"""What blue did before a shift, from CloudWatch's counts of its aliases."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.metric_sums import Query, statistics
from handlers.domain.verdict.apart import Span, is_apart
from handlers.domain.verdict.before import Before

BEFORE_HOURS = 3
"""So long a record of blue is taken before a shift."""
_HOUR, _MINUTE = 3600, 60

OfBlue = Mapping[tuple[str, str], Query]
"""By a function's key and what is counted: invocations, errors, answered failures, throttles and
the p95 of the duration.
"""


def start_of_record(end: float) -> float:
    """The epoch second from which on what blue did before `end` is its record."""
    return end - end % _HOUR - BEFORE_HOURS * _HOUR


def hours_before(
    cloudwatch: Any, queries: OfBlue, end: float, apart: Sequence[Span] = ()
) -> dict[str, Before]:
    """Each function's record in the whole hours before the epoch second `end` and in the one that
    runs, counted from its first request there; without the minutes that meet a span of `apart`.
    """
    start = start_of_record(end)
    spans = [span for span in apart if span[1] >= start]
    found = statistics(cloudwatch, queries, start, end, _MINUTE if spans else _HOUR)
    if spans:
        found = {query: _without(values, spans) for query, values in found.items()}
    asked = {key: query for (key, counts), query in queries.items() if counts == "invocations"}
    minutely = statistics(cloudwatch, asked, start, end, _MINUTE)
    return {key: _before(key, found, _minutes_since(minutely[key], end, spans)) for key in asked}


def _without(values: Mapping[int, float], spans: Sequence[Span]) -> dict[int, float]:
    return {at: value for at, value in values.items() if not is_apart(at, _MINUTE, spans)}


def lately(
    cloudwatch: Any, queries: OfBlue, start: float, end: float, period: int
) -> dict[str, Before]:
    """Each function's record in the periods from the epoch second `start` on."""
    found = statistics(cloudwatch, queries, start, end, period)
    return {key: _before(key, found, (end - start) / 60) for key in {key for key, _ in queries}}


def _minutes_since(invocations: Mapping[int, float], end: float, spans: Sequence[Span]) -> float:
    counted = _without(invocations, spans)
    first = min((at for at, value in counted.items() if value), default=end)
    left_out = sum(is_apart(at, _MINUTE, spans) for at in range(int(first), int(end), _MINUTE))
    return max(0.0, (end - first) / 60 - left_out)


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
