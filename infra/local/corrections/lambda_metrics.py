"""Lambda's own metrics, by function, by alias and by version.

AWS: `Invocations`, `Errors` and `Duration` for each invocation, whatever the trigger, with
dimensions {FunctionName}; {FunctionName, Resource = `name:alias` or `name:number`}; and, while the
alias has weights, {FunctionName, Resource = `name:alias`, ExecutedVersion}. Stamped with the
invocation's start; `Duration` without the init.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
Stock MiniStack: only {FunctionName}, only for `Invoke`, stamped at the end, init included. Patch:
emitted where every trigger passes; MiniStack's own emission keeps the throttles only.
"""

import time
from importlib import import_module
from typing import Any

from infra.local.corrections.metric_store import record
from infra.local.patching import when_imported

NAMESPACE = "AWS/Lambda"


def apply() -> None:
    """Patches the dispatch of invocations."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    dispatch = service._execute_function_dispatch

    def dispatch_and_measure(
        func: Any, config: Any, event: Any, request_id: str, started: float
    ) -> Any:
        result = dispatch(func, config, event, request_id, started)
        if isinstance(result, dict) and not result.get("throttle"):
            milliseconds = result.get("milliseconds")
            if milliseconds is None:
                milliseconds = (time.time() - started) * 1000
            _emit(func, config, started, milliseconds, failed=bool(result.get("error")))
        return result

    def throttles_only(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        if throttle:
            _record("Throttles", 1, "Count", {"FunctionName": function_name}, time.time())

    service._execute_function_dispatch = dispatch_and_measure
    service._emit_lambda_metrics = throttles_only


def dimension_sets(func: dict[str, Any], config: dict[str, Any]) -> list[dict[str, str]]:
    """The sets of dimensions under which AWS counts an invocation of the record."""
    name = config.get("FunctionName", "unknown")
    sets = [{"FunctionName": name}]
    qualifier = config.get("FunctionArn", "").split(":")[7:]
    if qualifier and qualifier[0]:
        resource = {"FunctionName": name, "Resource": f"{name}:{qualifier[0]}"}
        sets.append(resource)
        if func.get("weighted"):
            sets.append({**resource, "ExecutedVersion": config.get("Version", "$LATEST")})
    return sets


def _emit(
    func: dict[str, Any], config: dict[str, Any], at: float, milliseconds: float, *, failed: bool
) -> None:
    for dimensions in dimension_sets(func, config):
        _record("Invocations", 1, "Count", dimensions, at)
        _record("Errors", int(failed), "Count", dimensions, at)
        _record("Throttles", 0, "Count", dimensions, at)
        # Tenths keep the store small: equal values of one second share an entry.
        _record("Duration", round(milliseconds, 1), "Milliseconds", dimensions, at)


def _record(name: str, value: float, unit: str, dimensions: dict[str, str], at: float) -> None:
    cloudwatch = import_module("ministack.services.cloudwatch")

    record(cloudwatch, NAMESPACE, name, value, unit=unit, dimensions=dimensions, at=at)
