"""A CloudWatch metric of the user's that the bake compares between blue and green."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPair:
    """What a function counts of its own doing: `total`, and of those what `failed`, or `succeeded`.

    name: what verdicts call it, unlike any function's key. function: the key of the function that
    counts. Both metrics are in `namespace` and have exactly `dimensions` (default: none) and
    `version_dimension`, in which the function writes its version (default: FunctionVersion). They
    can fail a release and hold its pass back, and never pass it.
    """

    name: str
    function: str
    namespace: str
    total: str
    failed: str | None = None
    succeeded: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    version_dimension: str = "FunctionVersion"


def register_metrics(
    service: str, metrics: Sequence[MetricPair], functions: Collection[str]
) -> list[dict[str, Any]]:
    """The `metrics` of the registration. Raises ValueError for what Plan would refuse later."""
    if len(metrics) > _MOST:
        raise ValueError(
            f'service "{service}" has {len(metrics)} metrics; use at most {_MOST}, as each is read '
            "at every look of a bake"
        )
    names: set[str] = set()
    for metric in metrics:
        if wrong := _wrong(metric, names, functions):
            raise ValueError(f'the metric "{metric.name}" of service "{service}" {wrong}')
        names.add(metric.name)
    return [_registered(metric) for metric in metrics]


def _wrong(metric: MetricPair, names: Collection[str], functions: Collection[str]) -> str | None:
    if metric.name in names or metric.name in functions:
        return "has a name that is taken; use one that no other metric and no function has"
    if metric.function not in functions:
        return f'is of the function "{metric.function}"; use {", ".join(functions)}'
    if (metric.failed is None) == (metric.succeeded is None):
        return "needs failed or succeeded; give exactly one of them"
    if metric.total in (metric.failed, metric.succeeded):
        return f'counts "{metric.total}" as all and as a part of it; name two metrics'
    if metric.version_dimension in metric.dimensions:
        return f'has "{metric.version_dimension}" twice; leave it out of the dimensions'
    return None


def _registered(metric: MetricPair) -> dict[str, Any]:
    part = {"failed": metric.failed, "succeeded": metric.succeeded}
    found: dict[str, Any] = {
        "name": metric.name,
        "function": metric.function,
        "namespace": metric.namespace,
        "total": metric.total,
        **{key: value for key, value in part.items() if value is not None},
        "versionDimension": metric.version_dimension,
    }
    if metric.dimensions:
        found["dimensions"] = dict(metric.dimensions)
    return found
