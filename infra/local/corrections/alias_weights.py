"""Weighted aliases: which version serves an invocation.

AWS: each invocation of an alias is drawn by the weights, whatever the trigger; the version that
answered a synchronous call is in `x-amz-executed-version`.
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
Stock MiniStack: stores `RoutingConfig` and always runs `FunctionVersion`. Patch: the two look-ups
that precede an invocation draw; their answer carries the alias's ARN, so that context and metrics
know the alias. `_get_func_record_for_qualifier` also serves `GetFunction`, so it draws only inside
a poll; `_invoke` resolves the alias by itself and is handed the drawn version.
"""

import contextvars
import random
import threading
from typing import Any

from infra.local.patching import when_imported

Record = dict[str, Any]
_polling = threading.local()
_alias_of_call: contextvars.ContextVar[Record | None] = contextvars.ContextVar(
    "greenshift_alias", default=None
)


def drawn_version(alias: Record) -> str:
    """The version that serves the next invocation of the alias."""
    point = random.random()
    weights: dict[str, float] = (alias.get("RoutingConfig") or {}).get(
        "AdditionalVersionWeights"
    ) or {}
    for version, weight in weights.items():
        point -= weight
        if point < 0:
            return version
    return str(alias.get("FunctionVersion", "$LATEST"))


def through_alias(function: Record, name: str) -> Record | None:
    """A copy of the drawn version's record that says by which alias it was reached."""
    version = drawn_version(function["aliases"][name])
    record = function if version == "$LATEST" else function["versions"].get(version)
    return _marked(record, _mark(function, name)) if record else None


def _mark(function: Record, name: str) -> Record:
    alias = function["aliases"][name]
    return {
        "arn": alias["AliasArn"],
        "weighted": bool(alias.get("RoutingConfig")),
        "event_invoke_config": (function.get("event_invoke_configs") or {}).get(name),
    }


def _marked(record: Record, mark: Record) -> Record:
    config = {**(record.get("config") or record), "FunctionArn": mark["arn"]}
    rest = {name: value for name, value in mark.items() if name != "arn" and value is not None}
    return {**record, "config": config, **rest}


def apply() -> None:
    """Patches the look-ups, the SQS and stream pollers, and `Invoke`."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    effective = service._effective_func_record_for_qualifier

    def look_up(function: Record | None, qualifier: str | None) -> Any:
        if function is None or qualifier not in (function.get("aliases") or {}):
            return effective(function, qualifier)
        record = through_alias(function, str(qualifier))
        return (record, record["config"]) if record else (None, None)

    def for_qualifier(name: str, qualifier: str | None) -> Any:
        resolve = look_up if getattr(_polling, "now", False) else effective
        return resolve(service._functions.get(name), qualifier)

    service._effective_func_record_for_qualifier = look_up
    service._get_func_record_for_qualifier = for_qualifier
    for poll in ("_poll_sqs", "_poll_kinesis", "_poll_dynamodb_streams"):
        setattr(service, poll, _while_polling(getattr(service, poll)))
    _patch_invoke(service)


def _while_polling(poll: Any) -> Any:
    def poll_and_draw() -> Any:
        _polling.now = True
        try:
            return poll()
        finally:
            _polling.now = False

    return poll_and_draw


def _patch_invoke(service: Any) -> None:
    invoke, asynchronous = service._invoke, service.invoke_async_with_retry
    synchronous = service._execute_function_with_config_scope

    async def invoke_drawn(
        name: str, event: Any, headers: Any, path_qualifier: Any = None, query_params: Any = None
    ) -> Any:
        qualifier = (
            path_qualifier
            or service._qp_first(query_params or {}, "Qualifier")
            or service._qp_first(headers, "x-amz-qualifier")
        )
        function = service._functions.get(name) or {}
        alias = (function.get("aliases") or {}).get(qualifier)
        if alias is None:
            return await invoke(name, event, headers, path_qualifier, query_params)
        token = _alias_of_call.set(_mark(function, qualifier))
        try:
            return await invoke(name, event, headers, drawn_version(alias), query_params)
        finally:
            _alias_of_call.reset(token)

    def with_alias(record: Record) -> Record:
        mark = _alias_of_call.get()
        # Not for what the function itself calls: that is another invocation.
        _alias_of_call.set(None)
        return _marked(record, mark) if mark else record

    service._invoke = invoke_drawn
    service._execute_function_with_config_scope = lambda record, event: synchronous(
        with_alias(record), event
    )
    service.invoke_async_with_retry = lambda record, event: asynchronous(with_alias(record), event)
