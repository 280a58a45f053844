"""How an execution ends, and the event that says so.

AWS: the machine's `TimeoutSeconds` ends it as TIMED_OUT; a stopped execution stays ABORTED whatever
its states still do; each end is a "Step Functions Execution Status Change" with error and cause,
and the version's and alias's ARNs.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
Stock MiniStack: ignores `TimeoutSeconds`; a state that fails after the stop makes FAILED of
ABORTED; the events know neither version nor alias, and an aborted one's error and cause are left
out. Patch: a timer beside the execution; the end is taken once; the event is completed on its way
out.
"""

import contextvars
import json
import threading
from typing import Any

from infra.local.patching import rewrite, when_imported


def apply() -> None:
    """Patches running, failing and announcing an execution."""
    when_imported("ministack.services.stepfunctions", _patch)


def _patch(machines: Any) -> None:
    rewrite(
        machines,
        "_emit_execution_status_event",
        (
            '"stateMachineVersionArn": None',
            '"stateMachineVersionArn": execution.get("version_arn")',
        ),
        ('"stateMachineAliasArn": None', '"stateMachineAliasArn": execution.get("alias_arn")'),
        ("redrivable = failed ", 'redrivable = status in ("FAILED", "ABORTED", "TIMED_OUT") '),
        ('execution.get("error") if failed else None', 'execution.get("error")'),
        ('execution.get("cause") if failed else None', 'execution.get("cause")'),
    )
    run, fail = machines._run_execution, machines._fail_execution

    def time_out(execution: dict[str, Any]) -> None:
        if execution["status"] != "RUNNING":
            return
        execution["status"] = "TIMED_OUT"
        execution["stopDate"] = machines.now_iso()
        machines._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
        machines._emit_execution_status_event(execution)

    def run_within_time(arn: str) -> None:
        execution = machines._executions.get(arn)
        timer = None
        seconds = _time_out_seconds(execution)
        if execution is not None and seconds is not None:
            context = contextvars.copy_context()
            timer = threading.Timer(seconds, context.run, (time_out, execution))
            timer.daemon = True
            timer.start()
        try:
            run(arn)
        finally:
            if timer is not None and execution is not None and execution["status"] != "RUNNING":
                timer.cancel()

    def fail_once(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    machines._run_execution = run_within_time
    machines._fail_execution = fail_once


def _time_out_seconds(execution: dict[str, Any] | None) -> float | None:
    try:
        definition = json.loads((execution or {}).get("definition") or "{}")
    except json.JSONDecodeError:
        return None
    seconds = definition.get("TimeoutSeconds")
    return float(seconds) if isinstance(seconds, int | float) else None
