"""CloudWatch's store of data points.

AWS: any number of data points; their resolution falls with age.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
Stock MiniStack: one dict a data point, in a list that every request to CloudWatch copies: a demo's
load makes it slow and large.
Patch: equal values of one second are one entry with a count, and seconds older than an hour become
minutes. Measurements set `GREENSHIFT_WHOLE_MINUTES`: then a count is seen when its minute is over,
which is the soonest that AWS shows Lambda's.
"""

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from infra.local.patching import when_imported

Point = dict[str, Any]
_FINE_SECONDS, _KEPT_SECONDS, _TIDY_EVERY = 3600, 15 * 86400, 5000
_lock = threading.Lock()


class Series:
    """The data points of one metric, kept as counts of equal values by second."""

    def __init__(self, dimensions: dict[str, str]) -> None:
        self._dimensions = dimensions
        self._counts: dict[int, dict[tuple[float, str], float]] = {}
        self._sets: dict[int, list[Point]] = {}
        self._since_tidy = 0

    def append(self, point: Point) -> None:
        """Adds a data point in MiniStack's form."""
        second = int(point["Timestamp"])
        with _lock:
            self._dimensions = self._dimensions or dict(point.get("Dimensions") or {})
            if "_stat" in point:
                self._sets.setdefault(second, []).append(point)
            else:
                values = self._counts.setdefault(second, {})
                key = (float(point["Value"]), str(point.get("Unit", "None")))
                values[key] = values.get(key, 0.0) + float(point.get("Count", 1.0))
            self._since_tidy += 1
            if self._since_tidy >= _TIDY_EVERY:
                self._tidy(time.time())

    def window(self, start: float | None, end: float | None) -> list[Point]:
        """The points of the half-open range, as MiniStack's statistics want them."""
        low, high = start or 0.0, end if end is not None else float("inf")
        if os.environ.get("GREENSHIFT_WHOLE_MINUTES"):
            high = min(high, time.time() // 60 * 60)
        with _lock:
            points = [
                self._point(second, value, unit, count)
                for second, values in self._counts.items()
                if low <= second < high
                for (value, unit), count in values.items()
            ]
            points += [p for s, sets in self._sets.items() if low <= s < high for p in sets]
        return points

    def _point(self, second: int, value: float, unit: str, count: float) -> Point:
        return {
            "Timestamp": second,
            "Value": value,
            "Unit": unit,
            "Count": count,
            "Dimensions": self._dimensions,
        }

    def _tidy(self, now: float) -> None:
        self._since_tidy = 0
        for second in [s for s in self._counts if s < now - _FINE_SECONDS]:
            values, minute = self._counts.pop(second), second - second % 60
            if second < now - _KEPT_SECONDS:
                continue
            into = self._counts.setdefault(minute, {})
            for key, count in values.items():
                into[key] = into.get(key, 0.0) + count
        for second in [s for s in self._sets if s < now - _KEPT_SECONDS]:
            del self._sets[second]

    def __iter__(self) -> Iterator[Point]:
        return iter(self.window(None, None))

    def __getitem__(self, index: int) -> Point:
        return {"Dimensions": self._dimensions}

    def __bool__(self) -> bool:
        return bool(self._counts or self._sets)


def record(
    cloudwatch: Any,
    namespace: str,
    name: str,
    value: float,
    *,
    unit: str,
    dimensions: dict[str, str],
    at: float,
    count: float = 1.0,
) -> None:
    """Stores one value `count` times, stamped with the epoch second `at`."""
    key = (namespace, name, cloudwatch._dims_key(dimensions))
    cloudwatch._metric_bucket(key).append(
        {"Timestamp": at, "Value": value, "Unit": unit, "Dimensions": dimensions, "Count": count}
    )


def apply() -> None:
    """Replaces the store."""
    when_imported("ministack.services.cloudwatch", _patch)


def _patch(cloudwatch: Any) -> None:
    def bucket(key: tuple[str, str, str]) -> Series:
        with _lock:
            series = cloudwatch._metrics.get(key)
            if series is None:
                series = cloudwatch._metrics[key] = Series({})
        return series  # type: ignore[no-any-return]

    cloudwatch._metric_bucket = bucket
    cloudwatch._evict_old_metrics = lambda: None
