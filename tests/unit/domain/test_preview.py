"""Which checks go over a preview, and what of them goes over the wire."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.domain.preview.carried import goes_over, why_not
from handlers.domain.preview.preview import Preview
from handlers.domain.preview.wire import Unsendable, of_the_gateway, wire_request
from handlers.domain.probe.probe_event import SYNTHETIC
from handlers.domain.release.check_calls import HttpRequest, Message
from handlers.domain.release.checks import Check

PREVIEW = Preview(
    url="https://abc.execute-api.eu-west-1.amazonaws.com",
    alias="preview",
    functions=("api",),
    role_arn="arn:aws:iam::123456789012:role/greenshift-preview/orders",
)
GET = Check(name="it is there", function="api", http=HttpRequest(method="GET", path="/orders"))


def asking(**changes: Any) -> Check:
    assert GET.http is not None
    return replace(GET, http=replace(GET.http, **changes))


def test_a_request_goes_over_the_preview_that_reaches_its_function() -> None:
    assert goes_over(GET, PREVIEW)
    assert goes_over(asking(via="preview", headers={"x-key": "k"}), PREVIEW)


def test_a_message_and_a_request_that_says_event_do_not() -> None:
    assert not goes_over(asking(via="event"), PREVIEW)
    assert not goes_over(replace(GET, http=None, message=Message(form="sqs", body="b")), PREVIEW)
    assert not goes_over(GET, None)


@pytest.mark.parametrize(
    ("check", "preview", "why"),
    [
        (GET, None, "has no preview"),
        (GET, replace(PREVIEW, role_arn=None), "an authorizer of its own"),
        (replace(GET, function="admin"), PREVIEW, "does not reach admin"),
        (asking(form="apiGatewayV1"), PREVIEW, "an HTTP API, and the check is of the form"),
        (asking(headers={"Authorization": "Bearer x"}), PREVIEW, "has the header Authorization"),
        (asking(headers={"X-Amz-Date": "now"}), PREVIEW, "has the header X-Amz-Date for itself"),
        (asking(headers={"host": "shop.example"}), PREVIEW, "has the header host for itself"),
    ],
)
def test_what_cannot_go_over_it_says_why(check: Check, preview: Preview | None, why: str) -> None:
    assert why in str(why_not(check, preview))
    assert not goes_over(check, preview)


def test_a_request_is_encoded_for_the_wire_and_named_in_ascii() -> None:
    request = HttpRequest(
        method="PUT", path="/größe/a%2Fb", query={"q": "a b+c"}, json={"n": 1}, headers={"x-k": "1"}
    )
    wire = wire_request(request, "Größe: 100 %", PREVIEW.url + "/")
    assert wire.url == f"{PREVIEW.url}/gr%C3%B6%C3%9Fe/a%2Fb?q=a%20b%2Bc"
    assert wire.headers == {
        "user-agent": "greenshift",
        "x-k": "1",
        "content-type": "application/json",
        SYNTHETIC: "Gr%C3%B6%C3%9Fe: 100 %25",
    }
    assert wire.body == b'{"n": 1}'


def test_a_request_without_query_and_body_sends_none() -> None:
    wire = wire_request(HttpRequest(method="GET", path="/"), "up", "http://127.0.0.1:1/$default")
    assert (wire.url, wire.body) == ("http://127.0.0.1:1/$default/", b"")


@pytest.mark.parametrize("value", ["a\r\nx-other: b", "ü", "\x00"])
def test_a_header_that_http_cannot_carry_is_not_sent(value: str) -> None:
    request = HttpRequest(method="GET", path="/", headers={"x-n": value})
    with pytest.raises(Unsendable, match="the header x-n has a value that HTTP cannot carry"):
        wire_request(request, "up", PREVIEW.url)


@pytest.mark.parametrize(
    ("status", "message", "means"),
    [
        (403, "Forbidden", "refused the signed request"),
        (404, "Not Found", "has no route for it"),
        (500, "Internal Server Error", "the function failed, or does not let the preview call it"),
        (503, "Service Unavailable", "did not answer within API Gateway's 30 seconds"),
    ],
)
def test_what_api_gateway_says_itself_is_explained(status: int, message: str, means: str) -> None:
    assert means in str(of_the_gateway(status, {"message": message}))


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {"message": "no such order"}), (404, {"message": "Not Found", "id": 1}), (403, "no"),
     (500, {"message": ["x"]}), (200, {"message": "Forbidden"}), (500, None)],
)  # fmt: skip
def test_what_the_function_says_is_not(status: int, body: Any) -> None:
    assert of_the_gateway(status, body) is None
