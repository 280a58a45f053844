"""The events that checks send: each as the service that it names would, and marked synthetic."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from handlers.domain.probe.message_event import message_event
from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.probe.probe_event import SYNTHETIC, http_event
from handlers.domain.release.check_calls import HttpRequest, Message
from handlers.domain.release.check_forms import HttpForm

AT = "2026-11-23T10:15:02.123Z"
REQUEST = HttpRequest(
    method="PUT", path="/orders/1", query={"a": "1 2"}, headers={"X-Key": "k"}, json={"q": 1}
)
HEADERS = {"x-key": "k", "content-type": "application/json", SYNTHETIC: "an order"}


def test_a_rest_api_sends_its_headers_and_query_twice_and_its_path_as_a_parameter() -> None:
    event = http_event(replace(REQUEST, form="apiGatewayV1"), "an order")
    assert event["httpMethod"] == event["requestContext"]["httpMethod"] == "PUT"
    assert (event["path"], event["pathParameters"]) == ("/orders/1", {"proxy": "orders/1"})
    assert event["headers"]["X-Key"] == "k", "a REST API keeps the case of names"
    assert event["multiValueHeaders"][SYNTHETIC] == ["an order"]
    assert event["queryStringParameters"] == {"a": "1 2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1 2"]}
    assert json.loads(event["body"]) == {"q": 1}


def test_a_rest_api_sends_null_for_what_is_not_there() -> None:
    event = http_event(HttpRequest(method="GET", path="/", form="apiGatewayV1"), "up")
    for key in ("queryStringParameters", "multiValueQueryStringParameters", "body"):
        assert event[key] is None


def test_a_load_balancer_leaves_the_query_encoded_and_the_body_empty() -> None:
    event = http_event(replace(REQUEST, form="alb", json=None), "an order")
    assert event["requestContext"]["elb"]["targetGroupArn"].startswith("arn:aws:elasticload")
    assert (event["httpMethod"], event["path"]) == ("PUT", "/orders/1")
    assert event["queryStringParameters"] == {"a": "1%202"}
    assert event["headers"] == {"x-key": "k", SYNTHETIC: "an order"}
    assert event["body"] == ""


def test_a_function_url_sends_what_an_http_api_sends() -> None:
    assert http_event(replace(REQUEST, form="functionUrl"), "an order") == http_event(
        REQUEST, "an order"
    )


@pytest.mark.parametrize("form", get_args(HttpForm))
def test_every_request_has_its_body_once_and_its_mark(form: Any) -> None:
    event = http_event(replace(REQUEST, form=form), "an order")
    assert {key.lower(): value for key, value in event["headers"].items()} == HEADERS
    assert json.loads(event["body"]) == {"q": 1}
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize("form", ["apiGatewayV1", "alb"])
@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"no": "status"}, 502),
        ("text", 502),
        ({"statusCode": "ok"}, 502),
        ({"statusCode": 200, "body": {"an": "object"}}, 502),
        ({"statusCode": 200, "multiValueHeaders": {"a": "no list"}}, 502),
        ({"statusCode": 204}, 204),
        ({"statusCode": 200, "body": "{}"}, 200),
    ],
)
def test_a_rest_api_and_a_load_balancer_take_the_whole_form_alone(
    form: Any, payload: Any, status: int
) -> None:
    assert http_answer(payload, form)[0] == status


def test_of_a_header_with_several_values_the_last_counts() -> None:
    payload = {"statusCode": 200, "headers": {"A": "0"}, "multiValueHeaders": {"A": ["1", "2"]}}
    assert http_answer(payload, "apiGatewayV1")[1] == {"a": "2"}


# Where a consumer finds the mark, by the service that delivers: docs/checks.md says the same.
MARKS: dict[str, Callable[[dict[str, Any]], str]] = {
    "sqs": lambda event: event["Records"][0]["messageAttributes"][SYNTHETIC]["stringValue"],
    "sns": lambda event: event["Records"][0]["Sns"]["MessageAttributes"][SYNTHETIC]["Value"],
    "eventBridge": lambda event: event["resources"][0].removeprefix(f"{SYNTHETIC}:"),
    "s3": lambda event: event["Records"][0]["s3"]["configurationId"].removeprefix(f"{SYNTHETIC}:"),
}
MESSAGES = {
    "sqs": Message(form="sqs", json={"order": 1}, attributes={"trace": "t"}),
    "sns": Message(form="sns", body="plain", subject="an order"),
    "eventBridge": Message(form="eventBridge", source="shop", detail_type="Placed", json={"n": 1}),
    "s3": Message(form="s3", bucket="uploads", key="a b/ü.csv"),
}


@pytest.mark.parametrize("form", MARKS)
def test_every_message_has_its_mark_where_a_consumer_can_read_it(form: str) -> None:
    assert MARKS[form](message_event(MESSAGES[form], "a message", AT)) == "a message"


def test_a_queue_delivers_json_as_text_with_the_attributes() -> None:
    (record,) = message_event(MESSAGES["sqs"], "a message", AT)["Records"]
    assert (json.loads(record["body"]), record["eventSource"]) == ({"order": 1}, "aws:sqs")
    assert record["messageAttributes"]["trace"] == {"stringValue": "t", "dataType": "String"}


def test_a_topic_delivers_the_body_as_it_is_and_the_time() -> None:
    (record,) = message_event(MESSAGES["sns"], "a message", AT)["Records"]
    sent = record["Sns"]
    assert (sent["Message"], sent["Subject"], sent["Timestamp"]) == ("plain", "an order", AT)


def test_an_event_bus_delivers_the_detail_untouched() -> None:
    event = message_event(MESSAGES["eventBridge"], "a message", AT)
    assert (event["source"], event["detail-type"], event["time"]) == ("shop", "Placed", AT)
    assert event["detail"] == {"n": 1}


def test_s3_encodes_the_key_of_the_object() -> None:
    (record,) = message_event(MESSAGES["s3"], "a message", AT)["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == "uploads"
    assert record["s3"]["object"]["key"] == "a+b/%C3%BC.csv"
