"""Lambda's own metrics, metrics that a function prints, and CloudWatch's statistics."""

import json
import time
from typing import Any

import pytest

WORKS = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("on purpose")
    return 1
"""


def test_invocations_are_counted_by_function_alias_and_version(corrected: Any) -> None:
    name, _ = corrected.weighted(WORKS, 0.5)
    for number in range(20):
        corrected.invoke(name, {"fail": number % 4 == 0}, Qualifier="live")
    alias = {"Resource": f"{name}:live"}
    assert corrected.total(name, "Invocations") == 20
    assert corrected.total(name, "Invocations", **alias) == 20
    assert corrected.total(name, "Errors", **alias) == 5
    by_version = [
        corrected.total(name, "Invocations", **alias, ExecutedVersion=version)
        for version in ("1", "2")
    ]
    assert sum(by_version) == 20 and min(by_version) > 0


def test_the_version_is_a_dimension_only_while_the_alias_has_weights(corrected: Any) -> None:
    name, _ = corrected.weighted(WORKS, 0.5)
    corrected["lambda"].update_alias(
        FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}}
    )
    corrected.invoke(name, Qualifier="live")
    corrected.invoke(name, Qualifier="2")
    assert corrected.total(name, "Invocations", Resource=f"{name}:live") == 1
    assert corrected.total(name, "Invocations", Resource=f"{name}:2") == 1
    versions = corrected["cloudwatch"].list_metrics(Namespace="AWS/Lambda")["Metrics"]
    own = [
        m["Dimensions"]
        for m in versions
        if {"Name": "FunctionName", "Value": name} in m["Dimensions"]
    ]
    assert own and not [d for d in own if "ExecutedVersion" in {each["Name"] for each in d}]


def test_stock_counts_neither_alias_nor_other_triggers(stock: Any) -> None:
    name, arn = stock.weighted(WORKS, 0.5)
    stock.invoke(name, Qualifier="live")
    assert stock.total(name, "Invocations") == 1
    assert stock.total(name, "Invocations", Resource=f"{name}:live") == 0
    task = {"Type": "Task", "Resource": arn, "End": True}
    assert stock.run({"StartAt": "Call", "States": {"Call": task}})["status"] == "SUCCEEDED"
    assert stock.total(name, "Invocations") == 1


def test_step_functions_and_queues_count_as_well(corrected: Any) -> None:
    name, arn = corrected.weighted(WORKS, 0.5)
    task = {"Type": "Task", "Resource": arn, "End": True}
    corrected.run({"StartAt": "Call", "States": {"Call": task}})
    url, queue_arn = corrected.queue()
    corrected["lambda"].create_event_source_mapping(EventSourceArn=queue_arn, FunctionName=arn)
    corrected["sqs"].send_message(QueueUrl=url, MessageBody="{}")
    resource = {"Resource": f"{name}:live"}
    corrected.poll(lambda: corrected.total(name, "Invocations", **resource) == 2)


def test_an_invocation_is_stamped_with_its_start_and_measured_without_its_init(
    corrected: Any,
) -> None:
    code = "import time\ntime.sleep(1)\ndef handler(event, context):\n    time.sleep(1.2)"
    name = corrected.function(code)
    before = int(time.time())
    corrected.invoke(name)
    now = time.time()
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Duration",
        "Dimensions": [{"Name": "FunctionName", "Value": name}],
    }
    query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 1, "Stat": "Maximum"}}
    [result] = corrected["cloudwatch"].get_metric_data(
        StartTime=now - 60, EndTime=now + 60, MetricDataQueries=[query]
    )["MetricDataResults"]
    [stamp], [milliseconds] = result["Timestamps"], result["Values"]
    assert before <= stamp.timestamp() <= now - 2
    assert 1190 < milliseconds < now * 1000 - before * 1000 - 1000


def printing(namespace: str, at: float) -> str:
    line = {
        "_aws": {
            "Timestamp": int(at * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": namespace,
                    "Dimensions": [["Service", "FunctionVersion"]],
                    "Metrics": [{"Name": "AnsweredFailures", "Unit": "Count"}],
                }
            ],
        },
        "Service": "orders",
        "FunctionVersion": "7",
        "AnsweredFailures": [1, 2],
    }
    return f"def handler(event, context):\n    print({json.dumps(line)!r})"


def test_a_printed_metric_is_stored_with_its_own_timestamp(stock: Any, corrected: Any) -> None:
    def stored(lab: Any) -> tuple[list[float], list[float]]:
        namespace = lab.name()
        lab.invoke(lab.function(printing(namespace, time.time() - 600)))
        dimensions = {"Service": "orders", "FunctionVersion": "7"}
        found = lab.metric(namespace, "AnsweredFailures", dimensions, "Sum")
        return found, lab.metric(namespace, "AnsweredFailures", {"Service": "orders"}, "Sum")

    assert stored(corrected) == ([3.0], [])
    assert stored(stock) == ([], [])


STATISTICS = [
    ("TC(20:)", 2.0),
    ("TC(10:30)", 2.0),
    ("TC(:10)", 1.0),
    ("PR(:20)", 50.0),
    ("TS(20:)", 70.0),
    ("TM(20:40)", 35.0),
    ("p50", 25.0),
    ("SampleCount", 4.0),
]


@pytest.mark.parametrize(("statistic", "value"), STATISTICS)
def test_statistics_over_a_range_of_values(
    stock: Any, corrected: Any, statistic: str, value: float
) -> None:
    def measured(lab: Any) -> list[float]:
        namespace = lab.name()
        data = [{"MetricName": "m", "Value": float(v)} for v in (10, 20, 30, 40)]
        for datum in data:
            datum["Timestamp"] = 60 * (time.time() // 60)
        lab["cloudwatch"].put_metric_data(Namespace=namespace, MetricData=data)
        return list(lab.metric(namespace, "m", {}, statistic))

    assert measured(corrected) == [value]
    if "(" in statistic:
        assert measured(stock) == [25.0]


def test_a_query_without_dimensions_means_the_metric_that_has_none(
    stock: Any, corrected: Any
) -> None:
    def measured(lab: Any) -> list[float]:
        namespace = lab.name()
        dimensions = [{"Name": "a", "Value": "b"}]
        datum = {"MetricName": "m", "Value": 1.0, "Dimensions": dimensions}
        lab["cloudwatch"].put_metric_data(Namespace=namespace, MetricData=[datum])
        return list(lab.metric(namespace, "m", {}, "Sum"))

    assert measured(corrected) == []
    assert measured(stock) == [1.0]


def test_the_newest_period_comes_first(stock: Any, corrected: Any) -> None:
    def measured(lab: Any) -> list[float]:
        namespace, now = lab.name(), time.time()
        data = [
            {"MetricName": "m", "Value": float(age), "Timestamp": now - age}
            for age in (300, 200, 100)
        ]
        lab["cloudwatch"].put_metric_data(Namespace=namespace, MetricData=data)
        return list(lab.metric(namespace, "m", {}, "Sum"))

    assert measured(corrected) == [100.0, 200.0, 300.0]
    assert measured(stock) == [300.0, 200.0, 100.0]


@pytest.mark.parametrize(("period", "buckets"), [(1, 3), (5, 2), (60, 1)])
def test_periods_below_a_minute(corrected: Any, period: int, buckets: int) -> None:
    namespace, minute = corrected.name(), 60 * (time.time() // 60 - 2)
    data = [
        {"MetricName": "m", "Value": 1.0, "Timestamp": minute + second, "StorageResolution": 1}
        for second in (0, 1, 7)
    ]
    corrected["cloudwatch"].put_metric_data(Namespace=namespace, MetricData=data)
    assert len(corrected.metric(namespace, "m", {}, "Sum", period)) == buckets


def test_old_seconds_become_minutes_and_keep_their_counts() -> None:
    from infra.local.corrections.metric_store import Series

    series, now = Series({}), int(time.time())
    for second in range(10_000):
        point = {"Timestamp": now - 7200 + second % 1200, "Value": 1.0, "Unit": "Count"}
        series.append(point)
    kept = series.window(None, None)
    assert sum(point["Count"] for point in kept) == 10_000
    assert len(kept) <= 22
