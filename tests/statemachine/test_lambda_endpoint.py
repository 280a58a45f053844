"""The handlers called over HTTP, as an interpreter in a container calls them."""

import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from engine import Engine, LambdaDied
from lambda_endpoint import LambdaEndpoint, lambda_endpoint

from handlers.errors import TransientAws

ARN = "arn:aws:lambda:us-east-1:000000000000:function:plan"
DOCUMENT = {"request": {"release": "1.0.0"}, "note": "größer als „1.0.0“"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose plan answers what it was given."""
    monkeypatch.setattr("handlers.plan.handler", lambda document, context: {"given": document})
    return Engine(None, "")


@pytest.fixture
def endpoint(machine: Engine) -> Iterator[LambdaEndpoint]:
    with lambda_endpoint("127.0.0.1") as found, patch.object(found, "invoke", machine.invoke):
        yield found


@pytest.fixture
def lambda_(endpoint: LambdaEndpoint) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{endpoint.port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def invoke(lambda_: Any, function: str) -> tuple[Mapping[str, Any], Any]:
    """Lambda's answer and its payload."""
    answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(DOCUMENT))
    return answer, json.loads(answer["Payload"].read())


@pytest.mark.parametrize("function", ["plan", ARN], ids=["name", "ARN"])
def test_the_phase_is_called_with_the_payload_and_its_answer_comes_back(
    machine: Engine, lambda_: Any, function: str
) -> None:
    answer, payload = invoke(lambda_, function)
    assert payload == {"given": DOCUMENT}
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert machine.calls == ["plan"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TransientAws("slow down"), {"errorType": "TransientAws", "errorMessage": "slow down"}),
        (
            LambdaDied("Lambda.Unknown"),
            {"errorType": "Lambda.Unknown", "errorMessage": "the answer was lost"},
        ),
    ],
    ids=["handler", "Lambda"],
)
def test_an_error_is_told_by_its_class_as_lambda_tells_it(
    machine: Engine, lambda_: Any, error: Exception, told: dict[str, str]
) -> None:
    def fail(phase: str, document: Mapping[str, Any]) -> None:
        raise error

    machine.before = fail
    answer, payload = invoke(lambda_, ARN)
    assert payload == told
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"


def exchange(endpoint: LambdaEndpoint, head: str, body: bytes) -> tuple[str, str]:
    """The first lines of what is said to the request's head, and then to its body."""
    with socket.create_connection(endpoint.server_address, timeout=10) as connection:
        answers = connection.makefile("rb")
        connection.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        first = answers.readline()
        answers.readline()
        connection.sendall(body)
        return first.decode().strip(), answers.readline().decode().strip()


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(endpoint: LambdaEndpoint) -> None:
    head = "POST /2015-03-31/functions/plan/invocations HTTP/1.1\r\nExpect: 100-continue"
    assert exchange(endpoint, head, b"{}") == ("HTTP/1.1 100 Continue", "HTTP/1.1 200 OK")


def test_what_is_no_invoke_is_not_found(lambda_: Any) -> None:
    with pytest.raises(lambda_.exceptions.ClientError, match="404"):
        lambda_.publish_version(FunctionName="plan")
