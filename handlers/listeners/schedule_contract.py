"""Has the contract of the live release started at the end of its rollback window.

Called at the end of every execution. What is to be done follows from the ledger, not from the
event: one that comes twice, late or out of order changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import now, seconds
from handlers.adapters.executions import start_at
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.schema.contracts import due

tools = Tools()
SOONEST = 120.0
"""Seconds from now to the earliest contract: Scheduler keeps minutes, and none in the past."""
BUSY = 900.0
"""Seconds to the next try of a contract that found its service busy."""


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda behind the rule on executions that have ended, in whatever way."""
    execution = str(event["detail"]["executionArn"])
    with in_our_words():
        done = schedule_contract(execution)
    logger.info("contract: %s", done, extra={"event": dict(event["detail"])})
    return {"schedule": done}


def schedule_contract(execution: str) -> str:
    """Makes, moves or deletes the service's one schedule; answers `put`, `deleted` or `left`.

    A release that was made live gets one, which replaces that of the release before. A contract's
    own end makes none, unless it found the service busy: what refused it would refuse it again.
    """
    known = tools.claims.execution(execution)
    if known is None:
        return "left"
    service = str(known["service"])
    record = tools.journal.deployment(known["deployment"]) or {}
    live = tools.journal.live(service)
    at = due(live, tools.contracts.of(service))
    if at is None or live is None:
        tools.schedules.delete(schedule_name(service))
        return "deleted"
    if record.get("action") == "contract":
        if not _was_busy(record):
            return "left"
        moment = now() + BUSY
    elif record.get("outcome") == "Released" or seconds(at) > now():
        moment = now() + SOONEST
    else:
        return "left"
    request = {"action": "contract", "release": live["release"], "by": "schedule"}
    tools.schedules.put(
        schedule_name(service), max(seconds(at), moment), start_at(execution), request
    )
    return "put"


def schedule_name(service: str) -> str:
    """The name of the service's schedule; no service's own schedule can have it, as a service's
    name has no dot.
    """
    return f"greenshift-contract.{service}"


def _was_busy(record: Mapping[str, Any]) -> bool:
    findings = (record.get("answer") or {}).get("findings", ())
    return any(each["code"] == "ServiceBusy" for each in findings)
