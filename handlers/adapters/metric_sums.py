"""CloudWatch's statistics by period, whole or not at all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from handlers.errors import AwsRefused, TransientAws

_QUERIES_A_CALL = 500
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Query:
    """One statistic of one metric, such as `Sum`, `p95` or `TC(250:)`."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    stat: str = "Sum"


def statistics(
    cloudwatch: Any, queries: Mapping[K, Query], start: float, end: float, period: int
) -> dict[K, dict[int, float]]:
    """Each query's values between the epoch seconds `start` and `end`, by the start of their
    periods; a period without data points is absent.

    A value that CloudWatch tells twice is taken once, the greater one: counts only grow. Raises
    TransientAws where it could not read a metric, and AwsRefused where it may not: what is missing
    for such a reason is no zero.
    """
    keys = list(queries)
    found: dict[K, dict[int, float]] = {key: {} for key in keys}
    for at in range(0, len(keys), _QUERIES_A_CALL):
        part = keys[at : at + _QUERIES_A_CALL]
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[
                _asked(f"q{number}", queries[key], period) for number, key in enumerate(part)
            ],
            StartTime=datetime.fromtimestamp(start, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            ScanBy="TimestampAscending",
        )
        ended: dict[str, str] = {}
        for page in pages:
            for result in page["MetricDataResults"]:
                ended[result["Id"]] = result.get("StatusCode", "Complete")
                points = found[part[int(result["Id"][1:])]]
                for stamp, value in zip(result["Timestamps"], result["Values"], strict=True):
                    _add(points, int(stamp.timestamp()) // period * period, value)
        for name, status in ended.items():
            _see_whole(queries[part[int(name[1:])]], status)
    return found


def _asked(name: str, query: Query, period: int) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in query.dimensions.items()]
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": dimensions,
    }
    return {
        "Id": name,
        "MetricStat": {"Metric": metric, "Period": period, "Stat": query.stat},
        "ReturnData": True,
    }


def _add(points: dict[int, float], at: int, value: float) -> None:
    known = points.get(at)
    # What is no number compares with nothing, and stays to be seen.
    if known is None or known < value or math.isnan(value):
        points[at] = value


def _see_whole(query: Query, status: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html"""
    about = f"{query.metric} of {', '.join(query.dimensions.values())}"
    if status == "Forbidden":
        raise AwsRefused(
            f"CloudWatch may not tell {about}: allow cloudwatch:GetMetricData to the phase's role"
        )
    if status != "Complete":
        raise TransientAws(f"CloudWatch could not tell {about} ({status})")
