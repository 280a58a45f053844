"""The report at the end of an invocation's log tail.

AWS: with `LogType=Tail` an Invoke answers the end of the invocation's log, whose last line is
`REPORT RequestId: … Duration: … Init Duration: …`, the last of them when it was a cold start.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
Stock MiniStack: the tail has no such line, and nothing says which call was a cold start. Patch: the
worker times its init, and the tail ends with the line.
"""

import time
import uuid
from typing import Any

from infra.local.patching import rewrite, when_imported


def apply() -> None:
    """Patches the worker, and what Invoke answers as the tail."""
    when_imported("ministack.core.lambda_runtime", _patch_runtime)
    when_imported("ministack.services.lambda_svc", _patch_service)


def _patch_runtime(runtime: Any) -> None:
    spawn, invoke = runtime.Worker._spawn, runtime.Worker.invoke

    def timed_spawn(worker: Any) -> None:
        began = time.perf_counter()
        spawn(worker)
        worker.init_milliseconds = (time.perf_counter() - began) * 1000

    def invoke_with_init(worker: Any, *arguments: Any, **named: Any) -> Any:
        worker.init_milliseconds = None
        result = invoke(worker, *arguments, **named)
        return {**result, "init_milliseconds": worker.init_milliseconds}

    runtime.Worker._spawn = timed_spawn
    runtime.Worker.invoke = invoke_with_init


def _patch_service(service: Any) -> None:
    service._greenshift_tail = _tail
    old = 'log_output = result.get("log", "")'
    rewrite(service, "_invoke", (old, "log_output = _greenshift_tail(result)"))


def _tail(result: dict[str, Any]) -> str:
    milliseconds = result.get("milliseconds") or 0.0
    report = f"REPORT RequestId: {uuid.uuid4()}\tDuration: {milliseconds:.2f} ms\t"
    if result.get("init_milliseconds"):
        report += f"Init Duration: {result['init_milliseconds']:.2f} ms\t"
    return "\n".join(filter(None, [result.get("log", ""), report]))
