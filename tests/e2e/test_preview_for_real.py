"""The preview of `orders`: green in a browser while live serves blue, as the stack has made it."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from stage import RUNNING, Orders
from whole import after_release


def answered_by(url: str, *, signed: bool = False) -> tuple[int, str | None]:
    """The status of a request to `/health`, and the version that answered it."""
    request = AWSRequest(method="GET", url=f"{url}/health")
    if signed:
        SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(request)
    try:
        with urlopen(Request(request.url, headers=dict(request.headers))) as answer:
            return answer.status, answer.headers["x-orders-version"]
    except HTTPError as refused:
        return refused.code, None


@pytest.fixture
def preview(orders: Orders) -> str:
    """Its URL, as it is registered."""
    found = orders.client("ssm").get_parameter(Name="/greenshift/services/orders")
    registered: dict[str, Any] = json.loads(found["Parameter"]["Value"])["preview"]
    assert ":role/greenshift-preview/" in registered["roleArn"]
    return str(registered["url"])


def test_green_is_tried_over_http_while_live_still_serves_blue(
    orders: Orders, preview: str
) -> None:
    before, version = orders.standing(), orders.version()
    execution = orders.started_by(orders.drop(version, orders.bundle(version)))
    states, seen = orders.client("stepfunctions"), set()
    while states.describe_execution(executionArn=execution)["status"] in RUNNING:
        (_, live), (_, tried) = (
            answered_by(orders.sample.api_url),
            answered_by(preview, signed=True),
        )
        seen.add((live, tried))
    ended = orders.wait(execution)
    after_release(orders, ended, version, before)
    green = ended.answer["green"]["api"]
    assert (before.versions["api"], green) in seen, f"green was not tried beside blue: {seen}"
    assert answered_by(preview, signed=True) == (200, green)
    assert answered_by(preview) == (403, None), "nobody else is let in"
    verified = orders.deployments.status("orders").preview
    assert verified is not None
    assert verified.live
