"""Calls of one version by its number: what it answers, how long it took, and which version it says
it is.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from handlers.adapters.aws import code_of
from handlers.domain.probe.probe_event import SYNTHETIC
from handlers.domain.probe.report_line import init_milliseconds

_NAMED = 200
"""Characters of a check's name: a client context has 3,583 bytes."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One synchronous invocation: its payload (JSON, or text that is none), the handler's error,
    and milliseconds. `init_ms` is the init of a cold start, None when it was warm.
    """

    payload: Any
    error: str | None
    milliseconds: float
    version: str
    init_ms: float | None


class Probes:
    """Invokes versions; never the alias."""

    def __init__(self, lambda_client: Any) -> None:
        self._lambda = lambda_client

    def call(
        self, function: str, version: str, event: Mapping[str, Any], *, check: str = "greenshift"
    ) -> Answered:
        """Invokes `function:version` with the event and waits for its answer, for its own time-out
        at most. The client context marks it synthetic, named by the check.
        """
        context = json.dumps({"custom": {SYNTHETIC: check[:_NAMED]}}).encode()
        began = time.perf_counter()
        answer = self._lambda.invoke(
            FunctionName=function,
            Qualifier=version,
            Payload=json.dumps(event).encode(),
            ClientContext=base64.b64encode(context).decode(),
            LogType="Tail",
        )
        raw = answer["Payload"].read()
        took = (time.perf_counter() - began) * 1000
        try:
            payload = json.loads(raw) if raw else None
        except ValueError:
            payload = raw.decode(errors="replace")
        error = None
        if answer.get("FunctionError"):
            known = payload if isinstance(payload, dict) else {}
            kind = known.get("errorType", answer["FunctionError"])
            error = f"{kind}: {known.get('errorMessage', payload)}"
        tail = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        init = init_milliseconds(tail)
        return Answered(payload, error, took, answer.get("ExecutedVersion", version), init)

    def call_within(
        self, longest: int, function: str, version: str, event: Mapping[str, Any], *, check: str
    ) -> Answered:
        """As `call`, where the client waits for `longest` seconds and does not try again: a version
        that takes longer has failed, with an error of its kind, and goes on until its own time-out.
        """
        try:
            return self.call(function, version, event, check=check)
        except ReadTimeoutError:
            error = f"NoAnswer: none in {longest} s"
            return Answered(None, error, longest * 1000.0, version, None)

    def call_once(
        self, function: str, version: str, event: Mapping[str, Any], *, check: str
    ) -> Answered | None:
        """As `call`, and None where Lambda throttles it."""
        try:
            return self.call(function, version, event, check=check)
        except ClientError as error:
            if code_of(error) == "TooManyRequestsException":
                return None
            raise
