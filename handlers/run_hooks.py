"""RunHooks: asks the owner's hooks, at the point that the deployment has reached, whether it may go
on.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.codec import decode
from handlers.domain.document import Document
from handlers.domain.hooks.due import next_call, points_due, wait_seconds
from handlers.domain.hooks.hook import Hook, HookRun, Point
from handlers.domain.hooks.hook_answer import read_answer
from handlers.domain.hooks.hook_payload import hook_payload
from handlers.domain.messages import Hooks
from handlers.domain.record import Record
from handlers.errors import HookFailed
from handlers.giving_way import give_way, heed_stop

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `hooks` out."""
    return answer(run_hooks, event, log=logger)


def run_hooks(document: Document) -> Hooks:
    """Calls at most one hook: the first that is due and has not succeeded at this point. Raises
    HookFailed when it fails, answers what is no answer, or has used up its time.

    Safe to repeat: what succeeded is in the ledger and is not called again; a call whose answer was
    lost is made again with the same attempt, as hooks must expect.
    """
    planned = document.planned
    tools.claims.held_by(document.execution, document.service)
    record = decode(Record, tools.journal.deployment(planned.id))
    step = document.traffic.step if document.traffic else 0
    if not step:
        give_way(tools, planned.id)
    finalizing = document.bake is not None and document.bake.next == "finalize"
    due = points_due(step=step, last=step == planned.steps, finalizing=finalizing)
    waiting = [
        point for point in due if point in record.hooks and not _done(planned.id, step, point)
    ]
    if not waiting:
        return _go_on(step, finalizing)
    heed_stop(tools, planned.id)
    run = _ask(document, record, waiting[0], step)
    if run.status == "SUCCEEDED" and len(waiting) == 1:
        return _go_on(step, finalizing, point=waiting[0], calls=run.calls)
    return _wait(record, waiting[0], run, step)


def _done(deployment: str, step: int, point: Point) -> bool:
    run = tools.journal.hook(deployment, step, point)
    return run is not None and run["status"] == "SUCCEEDED"


def _ask(document: Document, record: Record, point: Point, step: int) -> HookRun:
    """Calls the hook if its time has come; how far it is then."""
    hook, at = record.hooks[point], now()
    known = tools.journal.hook(record.deployment, step, point)
    run = decode(HookRun, known) if known else HookRun("IN_PROGRESS", 0, at, at, {})
    if at < run.due:
        return run
    event = hook_payload(
        record,
        document.published.versions,
        point=point,
        attempt=run.calls + 1,
        details=run.details,
        step=step,
        weight=document.traffic.weight if document.traffic else 0,
    )
    run = _called(record, hook, point, run, event)
    tools.journal.note_hook(record.deployment, step, point, run, hook.function, iso(now()))
    if run.status == "IN_PROGRESS" and now() >= run.started + hook.timeout_seconds:
        raise HookFailed(
            f"the hook {hook.function} at {point} is still IN_PROGRESS after {run.calls} calls in "
            f"{hook.timeout_seconds} s, which is its time-out"
        )
    return run


def _called(
    record: Record, hook: Hook, point: Point, run: HookRun, event: Mapping[str, Any]
) -> HookRun:
    who = f"the hook {hook.function} at {point}"
    try:
        found = read_answer(tools.hooks.call(hook.function, event))
    except HookFailed as failed:
        raise HookFailed(f"{who} {failed}") from failed
    if isinstance(found, str):
        raise HookFailed(f"{who} {found}")
    if found.status == "FAILED":
        raise HookFailed(f"{who} answered FAILED" + (f": {found.reason}" if found.reason else ""))
    run = replace(run, status=found.status, calls=run.calls + 1, details=found.details)
    due = next_call(
        now=now(),
        started=run.started,
        delay=found.delay,
        timeout_seconds=hook.timeout_seconds,
        stratum_seconds=record.bake.stratum_seconds,
    )
    return replace(run, due=due)


def _go_on(step: int, finalizing: bool, *, point: str = "", calls: int = 0) -> Hooks:
    reason = f"the hook at {point} succeeded at call {calls}" if point else "no hook is due"
    if not step:
        return Hooks(point, calls, reason, "shift", 1)
    return Hooks(point, calls, reason, "finalize" if finalizing else "observe", 1)


def _wait(record: Record, point: Point, run: HookRun, step: int) -> Hooks:
    """Before any traffic it is simply waited for; later green goes on being watched meanwhile."""
    wait = wait_seconds(
        now=now(),
        due=run.due if run.status == "IN_PROGRESS" else 0,
        started=run.started,
        stratum_seconds=record.bake.stratum_seconds if step else None,
    )
    reason = f"the hook at {point} is {run.status} after {run.calls} calls"
    return Hooks(point, run.calls, reason, "watch" if step else "again", wait)
