"""CloudWatch's answers as counts: pages, repeats, and what it could not or may not tell."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.adapters.metric_sums import Query, statistics
from handlers.adapters.metrics import Metrics, Watched
from handlers.domain.verdict.counts import PairCounts
from handlers.domain.verdict.metric_record import MetricRecord
from handlers.domain.verdict.user_metric import UserMetric
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


def test_what_peers_ask_of_a_version_by_number_is_added_to_what_its_alias_was_asked() -> None:
    watched = Watched("prices", "orders-prices", "7", "8", slow_ms=100.0, pinned=True)
    ways = ({"Resource": "orders-prices:8"}, {"Resource": "orders-prices:live", "ExecutedVersion": "8"})  # fmt: skip
    probe = CloudWatch([])
    Metrics(probe, "orders", "live").counts([watched], start=0, end=60, period=60, whole_from=None)
    points = [
        {**result([(0, 2.0 if len(dimensions) == 2 else 5.0)]), "Id": each["Id"]}
        for each in probe.asked
        if each["MetricStat"]["Metric"]["MetricName"] == "Invocations"
        for dimensions in [_dimensions(each)]
        if dimensions in [{"FunctionName": "orders-prices", **way} for way in ways]
    ]
    assert len(points) == 2

    counts = Metrics(CloudWatch(points), "orders", "live").counts(
        [watched], start=0, end=60, period=60, whole_from=None
    )["prices"]

    assert counts.green.invocations == {0: 7.0}
    assert counts.blue.invocations == {}


def test_a_green_that_is_alone_is_asked_by_its_alias_and_by_number() -> None:
    watched = Watched("prices", "orders-prices", "7", "8", pinned=True)
    probe = CloudWatch([])
    Metrics(probe, "orders", "live").counts([watched], start=0, end=60, period=60, whole_from=0)
    whole = {"FunctionName": "orders-prices", "Resource": "orders-prices:live"}
    numbered = {"FunctionName": "orders-prices", "Resource": "orders-prices:8"}
    points = [
        {**result([(0, 3.0)]), "Id": each["Id"]}
        for each in probe.asked
        if each["MetricStat"]["Metric"]["MetricName"] == "Invocations"
        and _dimensions(each) in (whole, numbered)
    ]

    counts = Metrics(CloudWatch(points), "orders", "live").counts(
        [watched], start=0, end=60, period=60, whole_from=0
    )["prices"]

    assert counts.green.invocations == {0: 6.0}


def _dimensions(query: dict[str, Any]) -> dict[str, str]:
    return {d["Name"]: d["Value"] for d in query["MetricStat"]["Metric"]["Dimensions"]}


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize(("slow", "costly"), [(None, None), (100.0, None), (100.0, 50.0)])
def test_as_many_metrics_are_asked_for_as_the_plan_counts(
    pinned: bool, slow: float | None, costly: float | None
) -> None:
    cloudwatch = CloudWatch([])
    watched = [
        Watched(key, f"orders-{key}", "7", "8", slow_ms=slow, costly_ms=costly, pinned=pinned)
        for key in ("api", "worker")
    ]
    metrics = Metrics(cloudwatch, "orders", "live")
    metrics.counts(watched, start=0, end=600, period=60, whole_from=None)
    assert metrics.asked(watched) == len(cloudwatch.asked)


def test_what_blue_did_before_for_its_peers_is_read_by_its_number() -> None:
    cloudwatch = CloudWatch([])
    metrics = Metrics(cloudwatch, "orders", "live")
    metrics.before({"prices": ("orders-prices", "7")}, end=36_000, numbered=True)
    resources = {_dimensions(each).get("Resource") for each in cloudwatch.asked} - {None}
    assert resources == {"orders-prices:7"}


PAYMENTS = UserMetric(
    name="payments",
    function="api",
    namespace="Shop",
    total="PaymentsAttempted",
    part="PaymentsFailed",
    counts="failed",
    dimensions={"Till": "eu"},
    version_dimension="Version",
)


def test_a_metric_of_the_services_own_is_read_by_version_with_lambdas() -> None:
    watched = Watched("api", "orders-api", "7", "8", metrics=(PAYMENTS,))
    asked = CloudWatch([])
    Metrics(asked, "orders", "live").counts([watched], start=0, end=600, period=60, whole_from=0)
    queries = {
        each["Id"]: each["MetricStat"]["Metric"]
        for each in asked.asked
        if each["MetricStat"]["Metric"]["Namespace"] == "Shop"
    }
    wanted = [
        (name, [{"Name": "Till", "Value": "eu"}, {"Name": "Version", "Value": version}])
        for version in ("7", "8")
        for name in ("PaymentsAttempted", "PaymentsFailed")
    ]
    assert [(each["MetricName"], each["Dimensions"]) for each in queries.values()] == wanted
    points = dict(zip(queries, ([(60, 9.0)], [(60, 1.0)], [(60, 4.0)], []), strict=True))
    cloudwatch = CloudWatch([{**result(each), "Id": name} for name, each in points.items()])

    found = Metrics(cloudwatch, "orders", "live").counts(
        [watched], start=0, end=600, period=60, whole_from=0
    )

    assert found["api"].pairs == {
        "payments": (PairCounts({60: 9.0}, {60: 1.0}), PairCounts({60: 4.0}, {}))
    }


@pytest.mark.parametrize("period", [3600, 60])
def test_what_blue_has_counted_of_it_is_summed(period: int) -> None:
    points = {"q0": [(3600, 9.0), (7200, 1.0)], "q1": [(3600, 2.0)]}
    cloudwatch = CloudWatch([{**result(each), "Id": name} for name, each in points.items()])

    found = Metrics(cloudwatch, "orders", "live").metric_records(
        [PAYMENTS], {"api": "7"}, start=3_600, end=7_300, period=period
    )

    assert found == {"payments": MetricRecord(10.0, 2.0)}
    assert {each["MetricStat"]["Period"] for each in cloudwatch.asked} == {period}


def test_what_blue_did_lately_is_read_by_the_minutes_in_which_it_was_alone() -> None:
    points = {"q0": [(60, 90.0), (120, 7.0), (180, 10.0)], "q1": [(180, 5.0)], "q4": [(60, 2.0)]}
    cloudwatch = CloudWatch([{**result(each), "Id": name} for name, each in points.items()])

    found = Metrics(cloudwatch, "orders", "live").recent(
        {"api": ("orders-api", "7")}, starts=[180, 60], period=60
    )

    assert (found["api"].requests, found["api"].failures) == (100, 7)
    assert {each["MetricStat"]["Period"] for each in cloudwatch.asked} == {60}


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


def test_minutes_in_which_others_than_blue_answered_are_no_record_of_it() -> None:
    at = 10 * 3600
    points = {
        "q0": [(at - 3600, 100.0), (at - 3540, 50.0), (at - 3480, 100.0)],
        "q1": [(at - 3540, 40.0), (at - 3480, 1.0)],
        "q2": [],
        "q3": [(at - 3600, 100.0), (at - 3540, 900.0), (at - 3480, 100.0)],
        "q4": [(at - 3540, 9.0)],
    }
    cloudwatch = CloudWatch([{**result(each), "Id": name} for name, each in points.items()])
    metrics = Metrics(cloudwatch, "orders", "live")

    found = metrics.before(
        {"api": ("orders-api", "7")}, end=at, apart=[(at - 3530, at - 3500), (0, at - 5 * 3600)]
    )

    assert (found["api"].requests, found["api"].failures) == (200, 1)
    assert found["api"].minutes == 59, "one of the hour's minutes is left out"
    assert found["api"].p95_ms == pytest.approx(100)
    assert {each["MetricStat"]["Period"] for each in cloudwatch.asked} == {60}


def test_a_span_before_the_record_changes_nothing() -> None:
    at = 10 * 3600
    cloudwatch = CloudWatch([{**result([(at - 3600, 900.0)]), "Id": "q0"}])
    Metrics(cloudwatch, "orders", "live").before(
        {"api": ("orders-api", "7")}, end=at + 600, apart=[(0, at - 5 * 3600)]
    )
    assert {each["MetricStat"]["Period"] for each in cloudwatch.asked} == {60, 3600}
