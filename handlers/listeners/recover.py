"""The recovery rule: a stop or a time-out runs no Catch, so it is put right here.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.executions import is_over, start_at
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.errors import AliasMoved, ClaimLost, TransientAws

tools = Tools()
_FOR_A_PERSON = (AliasMoved.__name__, ClaimLost.__name__)
MOST_IN_A_ROW = 3
"""Recoveries that follow one another when each could not finish in RollBack's fifteen minutes."""
_RECOVERY = re.compile(r"recover-(\d+)-")


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda behind the rule on executions that FAILED, TIMED_OUT or were ABORTED."""
    detail = event["detail"]
    with in_our_words():
        started = recover(
            str(detail["executionArn"]), redrives=int(detail.get("redriveCount") or 0)
        )
    logger.info("recovery", extra={"event": dict(event["detail"]), "started": started})
    return {"started": started}


def recover(execution: str, *, redrives: int = 0) -> str | None:
    """Starts one `recover` for an execution whose deployment is still open, or that claimed nothing
    yet; answers its ARN, else None.

    An event that comes twice starts nothing: the recovery's name follows from the execution, and a
    deployment that ended by itself is closed. Nor does one that asked for a person on account of a
    foreign hand on an alias: no repetition would mend that. Nor does the third recovery in a row
    that could not finish. Raises TransientAws, for Lambda to call again, while Step Functions does
    not show the end that the event told of.
    """
    number = _number(execution) + 1
    if number > MOST_IN_A_ROW:
        return None
    found = tools.executions.describe(execution) or {"status": "FAILED"}
    lost = _left_open(execution, found)
    if lost is None:
        return None
    if is_over(found):
        if _is_for_a_person(found):
            return None
    elif int(found.get("redriveCount") or 0) > redrives:
        return None
    else:
        # DescribeExecution may be behind the event.
        # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
        raise TransientAws(f"{execution} has ended, but is still shown as {found['status']}")
    request = {"action": "recover", "execution": lost}
    return tools.executions.start(start_at(execution), _name(execution), request)


def recover_unheard(execution: str) -> str | None:
    """As `recover`, for who finds a deployment open that `execution` holds, and heard of no end: of
    recoveries that have ended before they took it over nobody may have heard either.
    """
    for _ in range(MOST_IN_A_ROW):
        if started := recover(execution):
            return started
        execution = ":".join([*execution.split(":")[:7], _name(execution)])
        found = tools.executions.describe(execution)
        if found is None or not is_over(found):
            return None
    return None


def _name(execution: str) -> str:
    """What the recovery of the execution is called: one has one."""
    digest = hashlib.sha256(execution.encode()).hexdigest()[:32]
    return f"recover-{_number(execution) + 1}-{digest}"


def _number(execution: str) -> int:
    """Which recovery in a row the execution is, 0 for what is none of ours."""
    named = _RECOVERY.match(execution.rpartition(":")[2])
    return int(named[1]) if named else 0


def _left_open(execution: str, found: Mapping[str, Any]) -> str | None:
    """The execution whose deployment is open: this one, or the one that it was to recover and had
    not yet taken over. One that the ledger does not know may come to be open: its Plan's Lambda may
    be under way still, and the recovery closes it before.
    """
    known = tools.claims.execution(execution)
    if known is None and (lost := _recovers(found)):
        execution, known = lost, tools.claims.execution(lost)
    return None if known is not None and known["closed"] else execution


def _recovers(found: Mapping[str, Any]) -> str:
    try:
        request = json.loads(found.get("input") or "{}")
    except ValueError:
        return ""
    asked = isinstance(request, dict) and request.get("action") == "recover"
    return str(request.get("execution")) if asked else ""


def _is_for_a_person(execution: Mapping[str, Any]) -> bool:
    if execution.get("error") != "NeedsAttention":
        return False
    try:
        return json.loads(execution.get("cause") or "{}").get("errorType") in _FOR_A_PERSON
    except (ValueError, AttributeError):
        return False
