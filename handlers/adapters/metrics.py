"""CloudWatch's counts of blue and of green, by the version that executed.

Read by {FunctionName, Resource=name:alias, ExecutedVersion}: Lambda keeps that dimension while an
alias is weighted. Of an alias with one version only {FunctionName, Resource=name:alias} is left.
`Resource=name:7` counts invocations by number, our own probes, and is never evidence.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from handlers.domain.verdict.gather import FunctionCounts, VersionCounts

OUTCOME = "Greenshift/Outcome"
"""The namespace of the metrics that a service emits for failures that it answers."""

_QUERIES_A_CALL = 500
_MARKER_LOOKBACK = 24 * 3600
_MARKER_PERIOD = 3600


@dataclass(frozen=True, slots=True)
class Watched:
    """One function whose green is judged: Lambda's name, alias, and both versions."""

    key: str
    name: str
    blue: str
    green: str


class _Series(NamedTuple):
    key: str
    arm: str
    metric: str


class Metrics:
    """CloudWatch, read in whole periods of `period` seconds."""

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
        found = self._sums(dict(self._queries(watched)), first, end, period)
        marked = self._sums(
            dict(self._markers(watched)), end - _MARKER_LOOKBACK, end, _MARKER_PERIOD
        )
        answer = {}
        for each in watched:
            blue = _version(each.key, "blue", found, marked)
            green = _version(each.key, "green", found, marked)
            if whole_from is not None:
                green = _with_whole(green, each.key, found, whole_from)
            answer[each.key] = FunctionCounts(blue=blue, green=green)
        return answer

    def _queries(self, watched: Sequence[Watched]) -> Iterator[tuple[_Series, dict[str, Any]]]:
        for each in watched:
            resource = {"FunctionName": each.name, "Resource": f"{each.name}:{self._alias}"}
            for metric in ("Invocations", "Errors"):
                yield _Series(each.key, "alias", metric), _metric("AWS/Lambda", metric, resource)
                for arm, version in (("blue", each.blue), ("green", each.green)):
                    dimensions = {**resource, "ExecutedVersion": version}
                    yield _Series(each.key, arm, metric), _metric("AWS/Lambda", metric, dimensions)
            for arm, version in (("blue", each.blue), ("green", each.green)):
                metric = "AnsweredFailures"
                yield (
                    _Series(each.key, arm, metric),
                    _metric(OUTCOME, metric, self._outcome(each, version)),
                )

    def _markers(self, watched: Sequence[Watched]) -> Iterator[tuple[_Series, dict[str, Any]]]:
        for each in watched:
            for arm, version in (("blue", each.blue), ("green", each.green)):
                metric = "Instrumented"
                yield (
                    _Series(each.key, arm, metric),
                    _metric(OUTCOME, metric, self._outcome(each, version)),
                )

    def _outcome(self, each: Watched, version: str) -> dict[str, str]:
        return {"Service": self._service, "FunctionName": each.name, "FunctionVersion": version}

    def _sums(
        self, queries: Mapping[_Series, Mapping[str, Any]], start: float, end: float, period: int
    ) -> dict[_Series, dict[int, float]]:
        """Sums by series and period; a period without data points is absent."""
        series = list(queries)
        sums: dict[_Series, dict[int, float]] = {each: {} for each in series}
        for at in range(0, len(series), _QUERIES_A_CALL):
            part = series[at : at + _QUERIES_A_CALL]
            asked = [
                {
                    "Id": f"q{number}",
                    "MetricStat": {"Metric": queries[each], "Period": period, "Stat": "Sum"},
                    "ReturnData": True,
                }
                for number, each in enumerate(part)
            ]
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=asked,
                StartTime=datetime.fromtimestamp(start, UTC),
                EndTime=datetime.fromtimestamp(end, UTC),
                ScanBy="TimestampAscending",
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    points = sums[part[int(result["Id"][1:])]]
                    for stamp, value in zip(result["Timestamps"], result["Values"], strict=True):
                        points[int(stamp.timestamp())] = value
        return sums


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def _version(
    key: str,
    arm: str,
    found: Mapping[_Series, dict[int, float]],
    marked: Mapping[_Series, dict[int, float]],
) -> VersionCounts:
    return VersionCounts(
        invocations=found[_Series(key, arm, "Invocations")],
        errors=found[_Series(key, arm, "Errors")],
        answered_failures=found[_Series(key, arm, "AnsweredFailures")],
        instrumented=any(marked[_Series(key, arm, "Instrumented")].values()),
    )


def _with_whole(
    green: VersionCounts, key: str, found: Mapping[_Series, dict[int, float]], whole_from: float
) -> VersionCounts:
    def filled(known: Mapping[int, float], metric: str) -> dict[int, float]:
        whole = found[_Series(key, "alias", metric)]
        return {**{at: value for at, value in whole.items() if at >= whole_from}, **known}

    return VersionCounts(
        invocations=filled(green.invocations, "Invocations"),
        errors=filled(green.errors, "Errors"),
        answered_failures=green.answered_failures,
        instrumented=green.instrumented,
    )
