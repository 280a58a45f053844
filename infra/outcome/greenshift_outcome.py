"""Tells Greenshift of failures that a Python Lambda handler answers instead of raising.

Copy this file beside your handler:

    from greenshift_outcome import outcome

    @outcome(service="orders")
    def handler(event, context): ...

Lambda counts an invocation that raises or times out as an error; one that returns a 500 is a
success to it. For that one this decorator prints a line in CloudWatch's embedded metric format,
from which CloudWatch makes a metric by version.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar, overload

__all__ = ["is_failure", "outcome"]

Handler = TypeVar("Handler", bound=Callable[..., Any])

_NAMESPACE = "Greenshift/Outcome"
_NO_SERVICE = "greenshift_outcome counts nothing: set GREENSHIFT_SERVICE, or outcome(service=...)"
_DIMENSIONS = ["Service", "FunctionName", "FunctionVersion"]
_PREVIEW = "preview"
_SYNTHETIC = "x-greenshift-synthetic"


@overload
def outcome(handler: Handler) -> Handler: ...


@overload
def outcome(*, service: str | None = None) -> Callable[[Handler], Handler]: ...


def outcome(handler: Any = None, *, service: str | None = None) -> Any:
    """Count the failures that the handler returns; works with brackets and without.

    `service` is by default what GREENSHIFT_SERVICE says. Answers and exceptions of the handler
    pass through untouched, and nothing that goes wrong here reaches it.
    """

    def decorate(handler: Any) -> Any:
        started = False

        @functools.wraps(handler)
        def counted(event: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal started
            at = time.time()
            if not started:
                started = True
                _emit("Instrumented", service, context, at)
            answer = handler(event, context, *args, **kwargs)
            if is_failure(answer) and not (_tried(context) or _synthetic(context)):
                _emit("AnsweredFailures", service, context, at)
            return answer

        return counted

    return decorate if handler is None else decorate(handler)


def is_failure(answer: Any) -> bool:
    """Whether the answer is an HTTP status of 500 or above, or names batch items that failed.

    A batch is one trial, as it is one invocation: one failed item or ten are one failure.
    """
    try:
        if not isinstance(answer, dict):
            return False
        if answer.get("batchItemFailures"):
            return True
        status = answer.get("statusCode")
        # API Gateway takes a status written as a string as well.
        return not isinstance(status, bool) and int(status or 0) >= 500
    except Exception:
        return False


def _tried(context: Any) -> bool:
    """Whether it was called by its alias `preview`: that is somebody who tries a version, and no
    traffic.
    """
    return str(getattr(context, "invoked_function_arn", "")).split(":")[7:] == [_PREVIEW]


def _synthetic(context: Any) -> bool:
    """Whether Greenshift made the request itself, of a version by its number, and counts it too."""
    try:
        return _SYNTHETIC in context.client_context.custom
    except Exception:
        return False


def _emit(metric: str, service: str | None, context: Any, at: float) -> None:
    # A metric that is lost must not cost an answer.
    with contextlib.suppress(Exception):
        service = service or os.environ.get("GREENSHIFT_SERVICE")
        if service:
            print(json.dumps(_line(metric, service, context, at)), flush=True)
        elif metric == "Instrumented":
            print(_NO_SERVICE)


def _line(metric: str, service: str, context: Any, at: float) -> dict[str, Any]:
    return {
        "_aws": {
            "Timestamp": int(at * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": _NAMESPACE,
                    "Dimensions": [_DIMENSIONS],
                    "Metrics": [{"Name": metric, "Unit": "Count"}],
                }
            ],
        },
        "Service": service,
        "FunctionName": context.function_name,
        "FunctionVersion": context.function_version,
        metric: 1,
    }
