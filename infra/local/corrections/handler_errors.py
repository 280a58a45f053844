"""Names of a function's failures, and environments that outlive an exception.

AWS: a raised exception answers `errorType` = the class's name, `errorMessage`, `requestId` and
`stackTrace`, and the execution environment serves on. A time-out is `Sandbox.Timedout`, a process
that ended is `Runtime.ExitError`, an answer that is no JSON is `Runtime.MarshalError`. The platform
logs a line for either of the first two, with the request's id.
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
Stock MiniStack: every exception is `Runtime.HandlerError` and kills the process, so that the next
call is a cold start; a process that ended is `Runtime.HandlerError` as well; no line has an id.
Patch: the worker script describes the exception, `_execute_function_warm` answers the description.
"""

from datetime import UTC, datetime
from typing import Any

from infra.local.patching import replace_once, when_imported

_STOCK_CALL = """        try:
            result = handler_fn(event, context)
            _real_stdout.write(json.dumps({"status": "ok", "result": result}) + "\\n")
        except Exception as e:
            _real_stdout.write(json.dumps({"status": "error", "error": str(e), \
"trace": traceback.format_exc()}) + "\\n")
        _real_stdout.flush()
"""
_CALL = """        _gs_started = time.perf_counter()
        try:
            _gs_answer = {"status": "ok", "result": handler_fn(event, context)}
            _gs_type, _gs_error = "Runtime.MarshalError", None
            try:
                json.dumps(_gs_answer)
            except (TypeError, ValueError) as e:
                _gs_error, _gs_text = e, "Unable to marshal response: " + str(e)
        except Exception as e:
            _gs_type, _gs_error, _gs_text = type(e).__name__, e, str(e)
        if _gs_error is not None:
            _gs_stack = traceback.format_list(traceback.extract_tb(_gs_error.__traceback__)[1:])
            _gs_answer = {"status": "ok", "raised": {
                "errorMessage": _gs_text, "errorType": _gs_type,
                "requestId": _ms_ctx.get("request_id", ""), "stackTrace": _gs_stack}}
            sys.stderr.write("[ERROR] %s: %s\\nTraceback (most recent call last):\\n%s" % (
                _gs_type, _gs_text, "".join(_gs_stack)))
        _gs_answer["milliseconds"] = (time.perf_counter() - _gs_started) * 1000
        _real_stdout.write(json.dumps(_gs_answer) + "\\n")
        _real_stdout.flush()
"""


def apply() -> None:
    """Replaces the call in the worker script, and what Lambda makes of its answer."""
    when_imported("ministack.core.lambda_runtime", _patch_runtime)
    when_imported("ministack.services.lambda_svc", _patch_service)


def _patch_runtime(runtime: Any) -> None:
    script = runtime._PYTHON_WORKER_SCRIPT
    runtime._PYTHON_WORKER_SCRIPT = replace_once(script, _STOCK_CALL, _CALL)
    spawn = runtime.Worker._spawn

    def spawn_and_remember(worker: Any) -> None:
        spawn(worker)
        worker.last_process = worker._proc

    runtime.Worker._spawn = spawn_and_remember


def _patch_service(service: Any) -> None:
    stock = service._execute_function_warm

    def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        config = func.get("config") or func
        if not func.get("code_zip") or not config.get("Runtime", "python").startswith("python"):
            return dict(stock(func, event, request_id))
        service._ensure_reaper_thread()
        version = config.get("Version", "$LATEST")
        name = config.get("FunctionName", "unknown")
        worker, _ = service.acquire_worker(name, config, func["code_zip"], qualifier=version)
        try:
            result = worker.invoke(
                event,
                request_id,
                trace_id=service._xray_trace_id_for_invocation(config),
                invoked_function_arn=config.get("FunctionArn", ""),
                depth=service._invoke_depth.get(),
                durable=service._durable_env_overlay(),
            )
            return _answer(result, request_id, worker)
        finally:
            service.release_worker(worker)

    service._execute_function_warm = execute


def _answer(result: dict[str, Any], request_id: str, worker: Any) -> dict[str, Any]:
    kept = ("milliseconds", "init_milliseconds")
    answer = {"log": result.get("log", ""), **{name: result.get(name) for name in kept}}
    if result.get("status") == "ok" and "raised" not in result:
        return {**answer, "body": result.get("result")}
    raised = result.get("raised")
    if not raised:
        raised = _end_of_process(str(result.get("error")), request_id, worker)
        answer["log"] = "\n".join(filter(None, [answer["log"], _platform_line(raised, request_id)]))
    return {**answer, "body": raised, "error": True, "function_error": "Unhandled"}


def _platform_line(raised: dict[str, str], request_id: str) -> str:
    text = raised["errorMessage"]
    if raised["errorType"] == "Sandbox.Timedout":
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"{at} {request_id} {text.partition(' Error: ')[2]}"
    return text


def _end_of_process(error: str, request_id: str, worker: Any) -> dict[str, str]:
    if error.startswith("Task timed out"):
        kind, text = "Sandbox.Timedout", error
    else:
        code = getattr(getattr(worker, "last_process", None), "returncode", None)
        reason = f"with error: exit status {code}" if code else "without providing a reason"
        if code is not None and code < 0:
            reason = "with error: signal: killed"
        kind, text = "Runtime.ExitError", f"Runtime exited {reason}"
    return {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {text}"}
