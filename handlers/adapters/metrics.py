"""CloudWatch's counts of blue and of green, by the version that executed.

Read by {FunctionName, Resource=name:alias, ExecutedVersion}: Lambda keeps that dimension while an
alias is weighted. Of an alias with one version only {FunctionName, Resource=name:alias} is left.
`Resource=name:7` counts invocations by number: our own probes, before a shift, and the calls of
peers that are pinned to this version, which are evidence of functions that have such peers.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from handlers.adapters.blue_metrics import hours_before, lately
from handlers.adapters.metric_sums import Query, statistics
from handlers.adapters.pair_metrics import metric_records, pair_queries, series
from handlers.domain.verdict.apart import Span
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.counts import FunctionCounts, PairCounts, VersionCounts
from handlers.domain.verdict.metric_record import MetricRecord
from handlers.domain.verdict.user_metric import UserMetric

OUTCOME = "Greenshift/Outcome"
"""The namespace of the metrics that a service emits for failures that it answers."""

_NUMBERED = " by number"
_HOUR = 3600
_MARKER_LOOKBACK = 24 * _HOUR
_LAMBDA = "AWS/Lambda"


@dataclass(frozen=True, slots=True)
class Watched:
    """One function whose green is judged: Lambda's name, alias, and both versions.

    Requests longer than `slow_ms` are slow, None where latency is not judged; of green, those
    longer than `costly_ms` cost more than a slow one of blue, None where its memory is the same.
    `metrics` are the service's own that this function counts.
    """

    key: str
    name: str
    blue: str
    green: str
    slow_ms: float | None = None
    costly_ms: float | None = None
    hang_seconds: float | None = None
    pinned: bool = False
    metrics: tuple[UserMetric, ...] = ()

    def versions(self) -> tuple[tuple[str, str], ...]:
        """Blue's and green's, each with its arm."""
        return ("blue", self.blue), ("green", self.green)


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
        queries = dict(query for each in watched for query in self._queries(each))
        found = statistics(self._cloudwatch, queries, first, end, period)
        marked = self._marked(watched, end)
        answer = {}
        for each in watched:
            blue = _version(each.key, "blue", found, marked)
            green = _version(each.key, "green", found, marked)
            if whole_from is not None:
                green = _with_whole(green, each.key, found, whole_from)
            if each.pinned:
                blue = _with_numbered(blue, each.key, "blue", found)
                green = _with_numbered(green, each.key, "green", found)
            answer[each.key] = FunctionCounts(
                blue=blue,
                green=green,
                throttles=found[_Series(each.key, "alias", "throttles")],
                judges=frozenset(_judged(each)),
                hang_seconds=each.hang_seconds,
                pairs=_pairs(each, found),
            )
        return answer

    def asked(self, watched: Sequence[Watched]) -> int:
        """How many metrics one reading of `counts` asks for."""
        return sum(len(dict(self._queries(each))) + len(each.versions()) for each in watched)

    def before(
        self,
        functions: Mapping[str, tuple[str, str]],
        *,
        end: float,
        numbered: bool = False,
        apart: Sequence[Span] = (),
    ) -> dict[str, Before]:
        """What the alias of each function did in the whole hours before the epoch second `end` and
        in the one that runs, counted from its first request there; by its key, Lambda's name and
        blue's version are given. `numbered` asks what blue did for those who call it by number. The
        minutes that meet a span of `apart` are left out.
        """
        queries = self._of_blue(functions, numbered=numbered)
        return hours_before(self._cloudwatch, queries, end, apart)

    def recent(
        self, functions: Mapping[str, tuple[str, str]], *, starts: Sequence[int], period: int
    ) -> dict[str, Before]:
        """The same of the periods of so many seconds that begin at `starts`."""
        return lately(self._cloudwatch, self._of_blue(functions), starts, period)

    def metric_records(
        self,
        metrics: Sequence[UserMetric],
        blues: Mapping[str, str],
        *,
        start: float,
        end: float,
        period: int,
    ) -> dict[str, MetricRecord]:
        """What blue, by the version of each function, has counted of the service's own metrics
        between the epoch seconds `start` and `end`; by the metrics' names.
        """
        return metric_records(self._cloudwatch, metrics, blues, start, end, period)

    def instrumented(self, functions: Mapping[str, tuple[str, str]], *, end: float) -> set[str]:
        """The keys of those functions, by Lambda's name and version, that carry the marker of a
        service that counts the failures it answers.
        """
        watched = [Watched(key, *named, green="") for key, named in functions.items()]
        marked = self._marked(watched, end)
        return {each.key for each in watched if marked[each.key, "blue"]}

    def _of_blue(
        self, functions: Mapping[str, tuple[str, str]], *, numbered: bool = False
    ) -> dict[tuple[str, str], Query]:
        """The queries for what blue does, by a function's key and what they count."""
        queries = {}
        for key, (name, blue) in functions.items():
            resource = self._numbered(name, blue) if numbered else self._resource(name)
            for counts, query in _of_resource(resource):
                queries[key, counts] = query
            answered = Query(OUTCOME, "AnsweredFailures", self._outcome(name, blue))
            queries[key, "answered_failures"] = answered
        return queries

    def _queries(self, each: Watched) -> Iterator[tuple[_Series, Query]]:
        resource = self._resource(each.name)
        for counts, query in _of_resource(resource):
            if counts != "p95":
                yield _Series(each.key, "alias", counts), query
        for arm, version in each.versions():
            yield from _executed(each, arm, {**resource, "ExecutedVersion": version})
            answered = Query(OUTCOME, "AnsweredFailures", self._outcome(each.name, version))
            yield _Series(each.key, arm, "answered_failures"), answered
            if each.pinned:
                for series, query in _executed(each, arm, self._numbered(each.name, version)):
                    yield series._replace(arm=arm + _NUMBERED), query
            for metric in each.metrics:
                for counts, query in pair_queries(metric, version):
                    yield _Series(each.key, arm, counts), query

    def _marked(self, watched: Sequence[Watched], end: float) -> dict[tuple[str, str], bool]:
        markers = {
            (each.key, arm): Query(OUTCOME, "Instrumented", self._outcome(each.name, version))
            for each in watched
            for arm, version in each.versions()
            if version
        }
        start = end - _MARKER_LOOKBACK
        found = statistics(self._cloudwatch, markers, start, end, _HOUR)
        return {key: any(values.values()) for key, values in found.items()}

    def _resource(self, name: str) -> dict[str, str]:
        return {"FunctionName": name, "Resource": f"{name}:{self._alias}"}

    def _numbered(self, name: str, version: str) -> dict[str, str]:
        return {"FunctionName": name, "Resource": f"{name}:{version}"}

    def _outcome(self, name: str, version: str) -> dict[str, str]:
        return {"Service": self._service, "FunctionName": name, "FunctionVersion": version}


def _of_resource(resource: Mapping[str, str]) -> Iterator[tuple[str, Query]]:
    yield "invocations", Query(_LAMBDA, "Invocations", resource)
    yield "errors", Query(_LAMBDA, "Errors", resource)
    yield "throttles", Query(_LAMBDA, "Throttles", resource)
    yield "p95", Query(_LAMBDA, "Duration", resource, "p95")


def _executed(
    each: Watched, arm: str, dimensions: Mapping[str, str]
) -> Iterator[tuple[_Series, Query]]:
    yield _Series(each.key, arm, "invocations"), Query(_LAMBDA, "Invocations", dimensions)
    yield _Series(each.key, arm, "errors"), Query(_LAMBDA, "Errors", dimensions)
    yield from _durations(each, arm, dimensions)


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


def _pairs(each: Watched, found: Found) -> dict[str, tuple[PairCounts, PairCounts]]:
    """Blue's and green's counts of each of its metrics."""

    def of(metric: UserMetric, arm: str) -> PairCounts:
        total, part = (found[_Series(each.key, arm, counts)] for counts in series(metric))
        return PairCounts(total, part, succeeded=metric.counts == "succeeded")

    return {metric.name: (of(metric, "blue"), of(metric, "green")) for metric in each.metrics}


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


def _with_numbered(counts: VersionCounts, key: str, arm: str, found: Found) -> VersionCounts:
    """With what was asked of the version by number: what a peer asks that is pinned to it."""

    def summed(name: str) -> dict[int, float]:
        known: Mapping[int, float] = getattr(counts, name)
        more = found.get(_Series(key, arm + _NUMBERED, name), {})
        return {at: known.get(at, 0) + more.get(at, 0) for at in known.keys() | more.keys()}

    return replace(
        counts,
        invocations=summed("invocations"),
        errors=summed("errors"),
        timed=summed("timed"),
        slow=summed("slow"),
        costly=summed("costly"),
    )
