"""What functions log, what a log group sends to its subscriptions, and alarms that change."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

SUBSCRIBER = """
import base64, gzip, json
def handler(event, context):
    print("GOT " + gzip.decompress(base64.b64decode(event["awslogs"]["data"])).decode())
"""
SPEAKS = """
import time
def handler(event, context):
    if event.get("fail"):
        raise ValueError("on purpose")
    if event.get("hang"):
        time.sleep(30)
    print("three words here")
"""
SUBSCRIBERS_ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def logged(lab: Any, name: str) -> list[str]:
    """What a function has logged."""
    group = f"/aws/lambda/{name}"
    try:
        found = lab["logs"].filter_log_events(logGroupName=group)["events"]
    except lab["logs"].exceptions.ResourceNotFoundException:
        return []
    return [each["message"] for each in found]


def subscribed(lab: Any, pattern: str, speaker: str | None = None) -> tuple[str, str]:
    """A function, and another that is sent what it logs."""
    speaker, hearer = speaker or lab.function(SPEAKS), lab.function(SUBSCRIBER)
    lab.invoke(speaker)  # makes the log group
    lab["logs"].put_subscription_filter(
        logGroupName=f"/aws/lambda/{speaker}",
        filterName="any",
        filterPattern=pattern,
        destinationArn=SUBSCRIBERS_ARN + hearer,
    )
    return speaker, hearer


def delivered(lab: Any, hearer: str) -> list[dict[str, Any]]:
    lines = [each.removeprefix("GOT ") for each in logged(lab, hearer) if each.startswith("GOT ")]
    return [json.loads(each) for each in lines]


def texts(deliveries: list[dict[str, Any]]) -> list[str]:
    return [event["message"] for each in deliveries for event in each["logEvents"]]


def test_any_of_a_patterns_alternatives_is_enough(stock: Any, corrected: Any) -> None:
    speaker, hearer = subscribed(corrected, '?"REPORT RequestId" ?"is in no line"')
    corrected.invoke(speaker)
    found = corrected.poll(lambda: delivered(corrected, hearer))
    assert [each[:16] for each in texts(found)] == ["REPORT RequestId"]
    assert found[0]["logGroup"] == f"/aws/lambda/{speaker}"
    assert "/[$LATEST]" in found[0]["logStream"]
    # Stock sends at once: what it sends for a pattern of one word comes after what it left out.
    speaker, hearer = subscribed(stock, '?"REPORT RequestId" ?"is in no line"')
    _, sentinel = subscribed(stock, "words", speaker)
    stock.invoke(speaker)
    stock.poll(lambda: delivered(stock, sentinel))
    assert not delivered(stock, hearer)


def test_a_phrase_has_to_be_there_as_it_is(corrected: Any) -> None:
    speaker, hearer = subscribed(corrected, '"words here"')
    _, other = subscribed(corrected, '"here words"', speaker)
    corrected.invoke(speaker)
    assert texts(corrected.poll(lambda: delivered(corrected, hearer))) == ["three words here"]
    assert not delivered(corrected, other)


def test_lines_of_a_stream_are_sent_together(stock: Any, corrected: Any) -> None:
    def deliveries_of_five(lab: Any) -> int:
        speaker, hearer = subscribed(lab, "words")
        for _ in range(5):
            lab.invoke(speaker)
        lab.poll(lambda: len(texts(delivered(lab, hearer))) == 5)
        return len(delivered(lab, hearer))

    assert deliveries_of_five(stock) == 5
    assert deliveries_of_five(corrected) < 5


def test_a_trace_is_one_line_with_its_error(stock: Any, corrected: Any) -> None:
    def one_line(lab: Any) -> bool:
        name = lab.function(SPEAKS)
        lab.invoke(name, {"fail": True})
        return any(
            each.startswith("[ERROR] ValueError: on purpose\nTraceback") and "line" in each
            for each in logged(lab, name)
        )

    assert one_line(corrected)
    assert not one_line(stock)


def test_a_time_out_is_logged_by_the_platform(stock: Any, corrected: Any) -> None:
    def told(lab: Any) -> list[str]:
        name = lab.function(SPEAKS, Timeout=1)
        lab.invoke(name, {"hang": True})
        line = re.compile(r"\S+Z [0-9a-f-]{36} Task timed out after 1.00 seconds")
        return [each for each in logged(lab, name) if line.fullmatch(each)]

    assert len(told(corrected)) == 1
    assert not told(stock)


def test_a_log_group_takes_two_filters(stock: Any, corrected: Any) -> None:
    def put_three(lab: Any) -> None:
        group = lab.name()
        lab["logs"].create_log_group(logGroupName=group)
        for name in ("a", "b", "b", "c"):
            lab["logs"].put_subscription_filter(
                logGroupName=group,
                filterName=name,
                filterPattern="",
                destinationArn=SUBSCRIBERS_ARN + "nobody",
            )

    with pytest.raises(ClientError, match="LimitExceededException"):
        put_three(corrected)
    put_three(stock)


def test_an_alarm_that_changes_its_state_is_an_event(stock: Any, corrected: Any) -> None:
    def events(lab: Any) -> list[dict[str, Any]]:
        """Of an alarm that goes red; the last is a sentinel."""
        name = lab.name()
        url, arn = lab.queue()
        lab["events"].put_rule(
            Name=name, EventPattern=json.dumps({"source": ["aws.cloudwatch", name]})
        )
        lab["events"].put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
        lab["cloudwatch"].put_metric_alarm(
            AlarmName=name,
            Namespace=name,
            MetricName="Nothing",
            Period=60,
            EvaluationPeriods=1,
            Statistic="Sum",
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        lab["cloudwatch"].set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")
        lab["events"].put_events(Entries=[{"Source": name, "DetailType": "end", "Detail": "{}"}])
        seen: list[dict[str, Any]] = []

        def all_seen() -> bool:
            seen.extend(lab.messages(url))
            return any(each["source"] == name for each in seen)

        lab.poll(all_seen)
        return [each for each in seen if each["detail"].get("alarmName") == name]

    (found,) = [each for each in events(corrected) if each["detail"]["state"]["value"] == "ALARM"]
    assert found["detail-type"] == "CloudWatch Alarm State Change"
    assert found["resources"][0].endswith(f":alarm:{found['detail']['alarmName']}")
    assert found["detail"]["state"]["timestamp"].endswith("+0000")
    assert found["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert not events(stock)
