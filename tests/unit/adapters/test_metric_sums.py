"""CloudWatch's answers as counts: pages, repeats, and what it could not or may not tell."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.adapters.metric_sums import Query, statistics
from handlers.adapters.metrics import Metrics, Watched
from handlers.errors import AwsRefused, TransientAws

QUERY = Query("AWS/Lambda", "Errors", {"FunctionName": "orders-api"})


class CloudWatch:
    """Answers prepared pages; keeps what it was asked."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self._pages = pages
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "CloudWatch":
        assert operation == "get_metric_data"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        self.asked += request["MetricDataQueries"]
        ids = {each["Id"] for each in request["MetricDataQueries"]}
        return [
            {"MetricDataResults": [each for each in page if each["Id"] in ids]}
            for page in self._pages
        ]


def result(points: list[tuple[int, float]], status: str = "Complete") -> dict[str, Any]:
    return {
        "Id": "q0",
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": status,
    }


def read(*pages: list[dict[str, Any]]) -> dict[int, float]:
    return statistics(CloudWatch(*pages), {"errors": QUERY}, 0, 600, 60)["errors"]


def test_pages_in_any_order_are_put_together() -> None:
    pages = [[result([(120, 3.0)], "PartialData")], [result([(60, 1.0), (0, 2.0)])]]

    assert read(*pages) == {0: 2.0, 60: 1.0, 120: 3.0}


@pytest.mark.parametrize("values", [(3.0, 5.0), (5.0, 3.0), (5.0, 5.0)])
def test_a_period_told_twice_counts_once_and_never_less(values: tuple[float, float]) -> None:
    assert read([result([(60, values[0])])], [result([(60, values[1])])]) == {60: 5.0}


@pytest.mark.parametrize("values", [(math.nan, 5.0), (5.0, math.nan)])
def test_what_is_no_number_is_not_hidden_by_a_repeat(values: tuple[float, float]) -> None:
    found = read([result([(60, values[0]), (60, values[1])])])

    assert math.isnan(found[60])


@pytest.mark.parametrize(
    ("status", "error"),
    [("InternalError", TransientAws), ("PartialData", TransientAws), ("Forbidden", AwsRefused)],
)
def test_a_metric_that_cannot_be_read_whole_is_no_zero(status: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="Errors of orders-api"):
        read([result([(60, 1.0)], status)])


def test_no_points_are_no_counts() -> None:
    assert read([result([])]) == {}


def test_durations_beyond_blues_p95_are_counted_by_version() -> None:
    cloudwatch = CloudWatch([])
    watched = Watched("api", "orders-api", "7", "8", slow_ms=412.5, costly_ms=206.25)

    found = Metrics(cloudwatch, "orders", "live").counts(
        [watched], start=0, end=600, period=60, whole_from=None
    )

    stats = [
        (
            each["MetricStat"]["Stat"],
            {d["Name"]: d["Value"] for d in each["MetricStat"]["Metric"]["Dimensions"]}[
                "ExecutedVersion"
            ],
        )
        for each in cloudwatch.asked
        if each["MetricStat"]["Metric"]["MetricName"] == "Duration"
    ]
    assert sorted(stats) == [
        ("SampleCount", "7"),
        ("SampleCount", "8"),
        ("TC(206.25:)", "8"),
        ("TC(412.5:)", "7"),
        ("TC(412.5:)", "7"),
        ("TC(412.5:)", "8"),
    ]
    assert found["api"].judges == {"latency", "cost"}


def test_what_blue_did_before_is_read_from_its_alias() -> None:
    at = 10 * 3600
    points = {
        "q0": [(at - 3600, 900.0), (at, 100.0)],
        "q1": [(at, 2.0)],
        "q2": [],
        "q3": [(at - 3600, 100.0), (at, 200.0)],
        "q4": [(at, 1.0)],
    }
    cloudwatch = CloudWatch([{**result(each), "Id": name} for name, each in points.items()])

    found = Metrics(cloudwatch, "orders", "live").before({"api": ("orders-api", "7")}, end=at + 600)

    assert found["api"].requests == 1_000
    assert found["api"].failures == 3
    assert found["api"].minutes == 70, "since it was first asked"
    assert found["api"].p95_ms == pytest.approx(110)
