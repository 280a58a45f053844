"""What `GetMetricData` makes of the data points.

AWS: statistics `TC`, `PR`, `TS` and `TM` over a range of values, a query without dimensions matches
only the metric that has none, results begin with the newest unless `ScanBy` says otherwise.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
Stock MiniStack: unknown statistics answer the average; no dimensions match every metric of the
name; always oldest first; every query reads all there is. Patch: `GetMetricData` is replaced, and
reads only the metric and the window that it was asked for.
"""

import re
from collections import defaultdict
from typing import Any

from infra.local.corrections.metric_store import Point
from infra.local.patching import when_imported


def apply() -> None:
    """Replaces `GetMetricData` and adds the statistics."""
    when_imported("ministack.services.cloudwatch", _patch)


def _patch(cloudwatch: Any) -> None:
    stock, stock_value = cloudwatch._get_metric_data, cloudwatch._stat_value

    def stat_value(stats: dict[str, float], stat: str, points: Any = None) -> Any:
        ranged = _ranged(cloudwatch, stat, points or [])
        return stock_value(stats, stat, points) if ranged is None else ranged

    def get(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        if not (is_cbor or is_json):
            return stock(params, data, is_cbor, is_json)
        start = cloudwatch._parse_ts(data.get("StartTime"))
        end = cloudwatch._parse_ts(data.get("EndTime"))
        newest_first = data.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        results = []
        for query in data.get("MetricDataQueries", []):
            if query.get("Expression"):
                return stock(params, data, is_cbor, is_json)
            if query.get("ReturnData", True):
                results.append(_answer(cloudwatch, query, start, end, newest_first))
        if is_cbor:
            results = [cloudwatch._cbor_metric_data_result(result) for result in results]
            return cloudwatch._cbor_ok({"MetricDataResults": results})
        return cloudwatch._json_ok({"MetricDataResults": results})

    cloudwatch._stat_value = stat_value
    cloudwatch._get_metric_data = get


def _answer(
    cloudwatch: Any, query: Any, start: float | None, end: float | None, newest_first: bool
) -> dict[str, Any]:
    wanted, metric = query["MetricStat"], query["MetricStat"]["Metric"]
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    series, period = cloudwatch._metrics.get(key), int(wanted.get("Period", 60))
    buckets: dict[int, list[Point]] = defaultdict(list)
    for point in series.window(start, end) if series else ():
        buckets[point["Timestamp"] // period * period].append(point)
    values = {
        second: cloudwatch._stat_value(cloudwatch._calc_stats(points), wanted["Stat"], points)
        for second, points in buckets.items()
    }
    seconds = sorted((s for s in values if values[s] is not None), reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label", metric["MetricName"]),
        "Timestamps": [cloudwatch._ts_iso(second) for second in seconds],
        "Values": [values[second] for second in seconds],
        "StatusCode": "Complete",
    }


_RANGE = re.compile(r"(TC|PR|TS|TM)\(([0-9.]*):([0-9.]*)\)")


def _ranged(cloudwatch: Any, stat: str, points: list[Point]) -> Any:
    """A statistic over values above the lower and up to the upper bound; none for other names."""
    match = _RANGE.fullmatch(stat)
    if match is None:
        return None
    low = float(match[2]) if match[2] else float("-inf")
    high = float(match[3]) if match[3] else float("inf")
    samples = cloudwatch._percentile_samples(points) or []
    inside = [(value, weight) for value, weight in samples if low < value <= high]
    count = sum(weight for _, weight in inside)
    total = sum(value * weight for value, weight in inside)
    everything = sum(weight for _, weight in samples)
    answers = {
        "TC": count,
        "TS": total,
        "TM": total / count if count else 0.0,
        "PR": 100 * count / everything if everything else 0.0,
    }
    return answers[match[1]]
