"""What a check sends, how an answer is read, and what of it is not as expected."""

from typing import Any

import pytest

from handlers.domain.probe.expectation import unmet
from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.probe.probe_event import SYNTHETIC, http_event
from handlers.domain.release.checks import Expectation, HttpRequest


def test_a_request_is_the_event_of_an_http_api_and_is_marked_synthetic() -> None:
    request = HttpRequest(
        method="POST", path="/orders", query={"a": "1 2"}, headers={"X-Key": "k"}, json={"q": 1}
    )
    event = http_event(request, "an order")
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == (
        "2.0",
        "/orders",
        "a=1+2",
    )
    assert event["queryStringParameters"] == {"a": "1 2"}
    assert event["headers"] == {
        "x-key": "k", "content-type": "application/json", SYNTHETIC: "an order",
    }  # fmt: skip
    assert event["body"] == '{"q": 1}'
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["isBase64Encoded"] is False


def test_a_request_without_body_and_query_has_neither_key() -> None:
    event = http_event(HttpRequest(method="GET", path="/"), "up")
    assert not {"body", "queryStringParameters"} & event.keys()


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        ({"statusCode": 201, "body": '{"a": 1}'}, (201, {}, {"a": 1})),
        ({"statusCode": "204"}, (204, {}, None)),
        (
            {"statusCode": 200, "headers": {"X-A": "b"}, "body": "plain"},
            (200, {"x-a": "b"}, "plain"),
        ),
        ({"statusCode": 200, "headers": None, "body": {"a": 1}}, (200, {}, {"a": 1})),
        ({"statusCode": 200, "body": "eyJhIjogMX0=", "isBase64Encoded": True}, (200, {}, {"a": 1})),
        ({"statusCode": 200, "headers": {"n": 1, "t": True}}, (200, {"n": "1", "t": "true"}, None)),
        ({"no": "status"}, (200, {}, {"no": "status"})),
        ("text", (200, {}, "text")),
        (None, (200, {}, None)),
    ],
)
def test_an_answer_is_read_as_api_gateway_reads_it(payload: Any, wanted: Any) -> None:
    assert http_answer(payload) == wanted


@pytest.mark.parametrize(
    "payload",
    [
        {"statusCode": "ok"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "body": "a", "isBase64Encoded": True},
    ],
)
def test_what_api_gateway_could_not_send_is_its_500(payload: Any) -> None:
    assert http_answer(payload)[0] == 500


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (Expectation(status=200, json={"a": {"b": 1}}, headers={"X": "y"}, max_ms=100), []),
        (Expectation(status=201), ["status 200 instead of 201"]),
        (Expectation(headers={"X": "z", "W": "v"}),
         ["header X is 'y' instead of 'z'", "header W is None instead of 'v'"]),
        (Expectation(json={"a": {"c": 1}}), ["$.a.c is missing"]),
        (Expectation(json={"a": {"b": 2}}), ["$.a.b is 1 instead of 2"]),
        (Expectation(json={"a": {"b": True}}), ["$.a.b is 1 instead of true"]),
        (Expectation(json={"l": [{"x": 1}, 2]}), []),
        (Expectation(json={"l": [{"x": 1}]}), ['$.l is [{"x": 1, "y": 2}, 2] instead of [{"x": 1}]']),
        (Expectation(json={"l": {"x": 1}}), ['$.l is [{"x": 1, "y": 2}, 2] instead of an object']),
        (Expectation(max_ms=10), ["it took 50 ms, more than 10"]),
        (Expectation(status=201, json={"z": 1}), ["status 200 instead of 201", "$.z is missing"]),
    ],
)  # fmt: skip
def test_everything_that_is_not_as_expected_is_told(expect: Expectation, told: list[str]) -> None:
    body = {"a": {"b": 1, "more": 2}, "l": [{"x": 1, "y": 2}, 2]}
    assert unmet(expect, status=200, headers={"x": "y"}, body=body, milliseconds=50) == told
