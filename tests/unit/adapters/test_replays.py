"""Recorded requests put to a version: what is an answer, and what is none."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from handlers.adapters.functions.probes import Probes
from handlers.adapters.functions.replays import Replays


class Lambda:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def invoke(self, **_: Any) -> dict[str, Any]:
        if self.error:
            raise self.error
        return {"Payload": io.BytesIO(b'{"a": 1}'), "ExecutedVersion": "8"}


def ask(error: Exception | None = None) -> Any:
    return Replays(Probes(Lambda(error))).ask("shop-api", "8", {}, name="orders")


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Invoke")


def test_an_answer_is_what_the_version_answers() -> None:
    assert ask().payload == {"a": 1}


def test_a_version_that_takes_too_long_answers_with_an_error() -> None:
    assert ask(ReadTimeoutError(endpoint_url="https://lambda")).error == "NoAnswer: none in 30 s"


@pytest.mark.parametrize(
    ("code", "status"), [("TooManyRequestsException", 429), ("ServiceException", 500)]
)
def test_a_throttled_or_failing_lambda_answers_nothing(code: str, status: int) -> None:
    assert ask(refused(code, status)) is None


def test_what_lambda_refuses_is_raised() -> None:
    with pytest.raises(ClientError):
        ask(refused("AccessDeniedException", 403))
