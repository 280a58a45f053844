"""CloudWatch's counts of blue and of green, by the version that executed.

Read by {FunctionName, Resource=name:alias, ExecutedVersion}: Lambda keeps that dimension while an
alias is weighted. Of an alias with one version only {FunctionName, Resource=name:alias} is left.
`Resource=name:7` counts invocations by number, our own probes, and is never evidence.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from handlers.adapters.metric_sums import Query, statistics
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.gather import FunctionCounts, VersionCounts

OUTCOME = "Greenshift/Outcome"
"""The namespace of the metrics that a service emits for failures that it answers."""
BEFORE_HOURS = 3
"""So long a record of blue is taken before a shift."""

_HOUR, _MINUTE = 3600, 60
_MARKER_LOOKBACK = 24 * _HOUR
_LAMBDA = "AWS/Lambda"


@dataclass(frozen=True, slots=True)
class Watched:
    """One function whose green is judged: Lambda's name, alias, and both versions.

    Requests longer than `slow_ms` are slow, None where latency is not judged; of green, those
    longer than `costly_ms` cost more than a slow one of blue, None where its memory is the same.
    """

    key: str
    name: str
    blue: str
    green: str
    slow_ms: float | None = None
    costly_ms: float | None = None
    hang_seconds: float | None = None


class _Series(NamedTuple):
    key: str
    arm: str
    counts: str


Found = Mapping[_Series, dict[int, float]]


class Metrics:
    """CloudWatch, read in whole periods."""

    def __init__(self, cloudwatch: Any, service: str, alias: str) -> None:
        self._cloudwatch, self._service, self._alias = cloudwatch, service, alias

    def counts(
        self,
        watched: Sequence[Watched],
        *,
        start: float,
        end: float,
        period: int,
        whole_from: float | None,
    ) -> dict[str, FunctionCounts]:
        """Each function's counts between the epoch seconds `start` and `end`, by the start of each
        period.

        From `whole_from` on, when the alias has had green alone, periods that Lambda keeps no
        ExecutedVersion for are read from the alias and are green's.
        """
        first = start - start % period
        queries = {series: query for each in watched for series, query in self._queries(each)}
        found = statistics(self._cloudwatch, queries, first, end, period)
        marked = self._marked(watched, end)
        answer = {}
        for each in watched:
            blue = _version(each.key, "blue", found, marked)
            green = _version(each.key, "green", found, marked)
            if whole_from is not None:
                green = _with_whole(green, each.key, found, whole_from)
            answer[each.key] = FunctionCounts(
                blue=blue,
                green=green,
                throttles=found[_Series(each.key, "alias", "throttles")],
                judges=frozenset(_judged(each)),
                hang_seconds=each.hang_seconds,
            )
        return answer

    def before(self, functions: Mapping[str, tuple[str, str]], *, end: float) -> dict[str, Before]:
        """What the alias of each function did in the whole hours before the epoch second `end` and
        in the one that runs, counted from its first request there; by its key, Lambda's name and
        blue's version are given.
        """
        start = end - end % _HOUR - BEFORE_HOURS * _HOUR
        queries: dict[_Series, Query] = {}
        for key, (name, blue) in functions.items():
            for counts, query in self._of_alias(name):
                queries[_Series(key, "alias", counts)] = query
            answered = Query(OUTCOME, "AnsweredFailures", self._outcome(name, blue))
            queries[_Series(key, "alias", "answered_failures")] = answered
        found = statistics(self._cloudwatch, queries, start, end, _HOUR)
        asked = {
            key: Query(_LAMBDA, "Invocations", self._resource(name))
            for key, (name, _) in functions.items()
        }
        minutely = statistics(self._cloudwatch, asked, start, end, _MINUTE)
        return {key: _before(key, found, _minutes_since(minutely[key], end)) for key in functions}

    def instrumented(self, functions: Mapping[str, tuple[str, str]], *, end: float) -> set[str]:
        """The keys of those functions, by Lambda's name and version, that carry the marker of a
        service that counts the failures it answers.
        """
        watched = [Watched(key, *named, green="") for key, named in functions.items()]
        marked = self._marked(watched, end)
        return {each.key for each in watched if marked[each.key, "blue"]}

    def _of_alias(self, name: str) -> Iterator[tuple[str, Query]]:
        resource = self._resource(name)
        yield "invocations", Query(_LAMBDA, "Invocations", resource)
        yield "errors", Query(_LAMBDA, "Errors", resource)
        yield "throttles", Query(_LAMBDA, "Throttles", resource)
        yield "p95", Query(_LAMBDA, "Duration", resource, "p95")

    def _queries(self, each: Watched) -> Iterator[tuple[_Series, Query]]:
        for counts, query in self._of_alias(each.name):
            if counts != "p95":
                yield _Series(each.key, "alias", counts), query
        resource = self._resource(each.name)
        for arm, version in (("blue", each.blue), ("green", each.green)):
            executed = {**resource, "ExecutedVersion": version}
            yield _Series(each.key, arm, "invocations"), Query(_LAMBDA, "Invocations", executed)
            yield _Series(each.key, arm, "errors"), Query(_LAMBDA, "Errors", executed)
            answered = Query(OUTCOME, "AnsweredFailures", self._outcome(each.name, version))
            yield _Series(each.key, arm, "answered_failures"), answered
            yield from _durations(each, arm, executed)

    def _marked(self, watched: Sequence[Watched], end: float) -> dict[tuple[str, str], bool]:
        markers = {
            (each.key, arm): Query(OUTCOME, "Instrumented", self._outcome(each.name, version))
            for each in watched
            for arm, version in (("blue", each.blue), ("green", each.green))
            if version
        }
        start = end - _MARKER_LOOKBACK
        found = statistics(self._cloudwatch, markers, start, end, _HOUR)
        return {key: any(values.values()) for key, values in found.items()}

    def _resource(self, name: str) -> dict[str, str]:
        return {"FunctionName": name, "Resource": f"{name}:{self._alias}"}

    def _outcome(self, name: str, version: str) -> dict[str, str]:
        return {"Service": self._service, "FunctionName": name, "FunctionVersion": version}


def _durations(
    each: Watched, arm: str, dimensions: Mapping[str, str]
) -> Iterator[tuple[_Series, Query]]:
    """How many requests were timed, and how many of them took longer than the limit (`TC`)."""
    if each.slow_ms is None:
        return
    limits = {"slow": each.slow_ms}
    if each.costly_ms is not None:
        limits["costly"] = each.costly_ms if arm == "green" else each.slow_ms
    yield _Series(each.key, arm, "timed"), Query(_LAMBDA, "Duration", dimensions, "SampleCount")
    for counts, limit in limits.items():
        stat = f"TC({round(limit, 3)}:)"
        yield _Series(each.key, arm, counts), Query(_LAMBDA, "Duration", dimensions, stat)


def _judged(each: Watched) -> Iterator[str]:
    if each.slow_ms is not None:
        yield "latency"
        if each.costly_ms is not None:
            yield "cost"


def _version(
    key: str, arm: str, found: Found, marked: Mapping[tuple[str, str], bool]
) -> VersionCounts:
    def of(counts: str) -> dict[int, float]:
        return found.get(_Series(key, arm, counts), {})

    return VersionCounts(
        invocations=of("invocations"),
        errors=of("errors"),
        answered_failures=of("answered_failures"),
        instrumented=marked[key, arm],
        timed=of("timed"),
        slow=of("slow"),
        costly=of("costly"),
    )


def _with_whole(green: VersionCounts, key: str, found: Found, whole_from: float) -> VersionCounts:
    def filled(known: Mapping[int, float], counts: str) -> dict[int, float]:
        whole = found[_Series(key, "alias", counts)]
        return {**{at: value for at, value in whole.items() if at >= whole_from}, **known}

    return replace(
        green,
        invocations=filled(green.invocations, "invocations"),
        errors=filled(green.errors, "errors"),
    )


def _minutes_since(invocations: Mapping[int, float], end: float) -> float:
    first = min((at for at, value in invocations.items() if value), default=end)
    return (end - first) / 60


def _before(key: str, found: Found, minutes: float) -> Before:
    def of(counts: str) -> dict[int, float]:
        return found[_Series(key, "alias", counts)]

    invocations, p95 = of("invocations"), of("p95")
    known = sum(invocations.get(at, 0) for at in p95)
    return Before(
        requests=round(sum(invocations.values())),
        failures=round(sum(of("errors").values()) + sum(of("answered_failures").values())),
        throttles=round(sum(of("throttles").values())),
        minutes=minutes,
        p95_ms=sum(p95[at] * invocations.get(at, 0) for at in p95) / known if known else None,
    )
