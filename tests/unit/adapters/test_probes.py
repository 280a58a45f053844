"""Calls of a version by its number."""

import base64
import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.adapters.functions.probes import Probes
from handlers.domain.probe.probe_event import SYNTHETIC

REPORT = "REPORT RequestId: 1\tDuration: 2 ms\tInit Duration: 30.5 ms\t"


class Lambda:
    """Answers one call, or raises what AWS would."""

    def __init__(self, error: str | None = None, **answer: Any) -> None:
        self.error, self.answer = error, answer
        self.asked: dict[str, Any] = {}

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        if self.error:
            raise ClientError({"Error": {"Code": self.error}}, "Invoke")
        return {"Payload": io.BytesIO(b"{}"), **self.answer}


def test_a_call_is_marked_synthetic_and_its_init_is_read() -> None:
    found = Lambda(LogResult=base64.b64encode(REPORT.encode()).decode())
    answered = Probes(found).call("orders-api", "8", {"a": 1}, check="it is up")
    assert answered.init_ms == 30.5
    assert (found.asked["FunctionName"], found.asked["Qualifier"]) == ("orders-api", "8")
    context = json.loads(base64.b64decode(found.asked["ClientContext"]))
    assert context == {"custom": {SYNTHETIC: "it is up"}}


def test_the_mark_of_a_long_name_fits_into_a_client_context() -> None:
    found = Lambda()
    Probes(found).call("orders-api", "8", {}, check="ü" * 5000)
    assert len(found.asked["ClientContext"]) <= 3583


def test_a_call_without_a_log_is_taken_for_warm() -> None:
    assert Probes(Lambda()).call("orders-api", "8", {}).init_ms is None


def test_only_a_throttle_is_let_pass() -> None:
    throttled = Probes(Lambda("TooManyRequestsException"))
    assert throttled.call_once("orders-api", "8", {}, check="c") is None
    with pytest.raises(ClientError):
        Probes(Lambda("ResourceNotFoundException")).call_once("orders-api", "8", {}, check="c")
