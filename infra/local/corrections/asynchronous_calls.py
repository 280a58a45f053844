"""How many asynchronous invocations of one function are under way.

AWS: they wait in a queue of Lambda's, which takes from it as much as there is concurrency for; no
environment slows another.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
Stock MiniStack: each begins at once, in a process of its own where the others are busy. Of a
function that begins cold while events go on coming, each new process then slows those before it, so
that it never catches up: after an update one had 190 of them, and all else stood still. Patch: some
of a function at a time, and the others wait for their turn.
"""

import threading
from collections import defaultdict
from contextvars import ContextVar
from typing import Any

from infra.local.patching import when_imported

AT_ONCE = 4
"""Of one function; so many that one slow event does not hold up the others."""
_asynchronous: ContextVar[bool] = ContextVar("asynchronous", default=False)


def apply() -> None:
    """Patches asynchronous invocations."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    invoke, execute = service.invoke_async_with_retry, service._execute_function
    turns: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(AT_ONCE))

    def invoke_marked(function: Any, event: Any) -> None:
        # MiniStack's thread of the invocation takes the context along.
        token = _asynchronous.set(True)
        try:
            invoke(function, event)
        finally:
            _asynchronous.reset(token)

    def execute_in_turn(function: Any, event: Any) -> Any:
        if not _asynchronous.get():
            return execute(function, event)
        _asynchronous.set(False)  # what it invokes itself is another invocation
        try:
            with turns[(function.get("config") or function)["FunctionArn"]]:
                return execute(function, event)
        finally:
            _asynchronous.set(True)  # a retry of it is not

    service.invoke_async_with_retry, service._execute_function = invoke_marked, execute_in_turn
