"""The metrics of the service's own in CloudWatch: a total and a part of it, by version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.adapters.metric_sums import Query, statistics
from handlers.domain.verdict.metric_record import MetricRecord
from handlers.domain.verdict.user_metric import UserMetric


def series(metric: UserMetric) -> tuple[str, str]:
    """The names under which its total and its part are asked for."""
    return f"{metric.name}:total", f"{metric.name}:part"


def pair_queries(metric: UserMetric, version: str) -> Iterator[tuple[str, Query]]:
    """What is asked for one version, by those names."""
    dimensions = {**metric.dimensions, metric.version_dimension: version}
    for name, counted in zip(series(metric), (metric.total, metric.part), strict=True):
        yield name, Query(metric.namespace, counted, dimensions)


def metric_records(
    cloudwatch: Any,
    metrics: Sequence[UserMetric],
    blues: Mapping[str, str],
    start: float,
    end: float,
    period: int,
) -> dict[str, MetricRecord]:
    """What the blue of each metric's function, whose version `blues` has by its key, has counted
    between the epoch seconds `start` and `end`, by the metric's name.
    """
    asked = dict(
        query for metric in metrics for query in pair_queries(metric, blues[metric.function])
    )
    found = statistics(cloudwatch, asked, start, end, period)
    return {
        metric.name: MetricRecord(*(sum(found[counts].values()) for counts in series(metric)))
        for metric in metrics
    }
