"""The delay before a state is tried again.

AWS: `IntervalSeconds` times `BackoffRate` to the number of retries so far, at most
`MaxDelaySeconds`; with `JitterStrategy` FULL a random delay between nothing and that. A stopped
execution tries nothing.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
Stock MiniStack: knows neither `MaxDelaySeconds` nor `JitterStrategy`, and goes on trying after a
stop. Patch: the matching retrier is answered with its delay already worked out.
"""

import contextvars
import random
from typing import Any

from infra.local.patching import when_imported

_execution: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar(
    "execution", default=None
)


def apply() -> None:
    """Patches the choice of the retrier, and the task state, which tells the execution."""
    when_imported("ministack.services.stepfunctions", _patch)


def delay(retrier: dict[str, Any], retries: int) -> float:
    """Seconds to wait before the next try, after that many retries."""
    seconds = float(retrier.get("IntervalSeconds", 1)) * retrier.get("BackoffRate", 2.0) ** retries
    seconds = min(seconds, float(retrier.get("MaxDelaySeconds", seconds)))
    return random.uniform(0, seconds) if retrier.get("JitterStrategy") == "FULL" else seconds


def _patch(machines: Any) -> None:
    find, task = machines._find_matching_retrier, machines._execute_task
    sleep = machines._scaled_sleep

    def stopped() -> bool:
        execution = _execution.get()
        return execution is not None and execution.get("status") != "RUNNING"

    def sleep_unless_stopped(seconds: float) -> None:
        sleep(seconds)
        if stopped():
            raise machines._ExecutionError("States.Runtime", "The execution has ended.")

    def find_with_delay(retriers: Any, error: str, counts: dict[int, int]) -> Any:
        if stopped():
            return None, -1
        retrier, index = find(retriers, error, counts)
        if retrier is None:
            return retrier, index
        seconds = delay(retrier, counts.get(index, 0))
        return {**retrier, "IntervalSeconds": seconds, "BackoffRate": 1.0}, index

    def task_of_execution(state: Any, data: Any, execution: Any, context: Any) -> Any:
        token = _execution.set(execution)
        try:
            return task(state, data, execution, context)
        finally:
            _execution.reset(token)

    machines._scaled_sleep = sleep_unless_stopped
    machines._find_matching_retrier = find_with_delay
    machines._execute_task = task_of_execution
