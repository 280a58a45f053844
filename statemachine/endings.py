"""What a deployment answered: from its execution where it ended by itself, else from the ledger,
where the recovery rule closes what an execution left open.
"""

import json
from collections.abc import Mapping
from typing import Any

from handlers.adapters.clock import iso
from handlers.domain.answer import answer as as_answered
from handlers.domain.attention import finish
from handlers.domain.failure import reason_of
from handlers.domain.messages import Outcome
from handlers.domain.record import deployment_id

RUNNING = ("RUNNING", "PENDING_REDRIVE")


def said(execution: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer in DescribeExecution's own answer: the output of Succeed states, the cause of Fail
    states; None where a stop, a time-out or a lost rollback left none.
    """
    text = execution.get("output") if execution["status"] == "SUCCEEDED" else execution.get("cause")
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) and "outcome" in found else None


def needs_attention(
    execution: Mapping[str, Any], record: Mapping[str, Any] | None, service: str, at: str
) -> dict[str, Any]:
    """The answer for an execution that has ended while its deployment is still open."""
    return _answer(
        execution,
        record or {},
        service=service,
        at=at,
        outcome="NeedsAttention",
        reason=f"{how_it_ended(execution)}; {finish(service)}",
    )


def how_it_ended(execution: Mapping[str, Any]) -> str:
    """How an execution ended that told no answer, in one sentence with what it told instead."""
    failure = {"Error": execution.get("error") or "", "Cause": execution.get("cause") or ""}
    ended = execution["status"].lower().replace("_", " ")
    if failure["Error"] in ("", "NeedsAttention"):
        return reason_of({**failure, "Error": f"the execution {ended}"}, "")
    return f"the execution {ended}; {reason_of(failure, '')}"


def nothing_begun(execution: Mapping[str, Any], service: str, at: str) -> dict[str, Any]:
    """The answer for an execution that ended before Plan had claimed the service."""
    ended = execution["status"].lower().replace("_", " ")
    reason = f"the execution {ended} before anything was begun"
    return _answer(execution, {}, service=service, at=at, outcome="Rejected", reason=reason)


def _answer(
    execution: Mapping[str, Any],
    record: Mapping[str, Any],
    *,
    service: str,
    at: str,
    outcome: Outcome,
    reason: str,
) -> dict[str, Any]:
    arn, started = execution["executionArn"], iso(execution["startDate"].timestamp())
    functions = record.get("functions", {})
    return as_answered(
        deployment=record.get("deployment") or deployment_id(service, "none", started, arn),
        service=service,
        release=record.get("release", ""),
        digest=record.get("digest", ""),
        outcome=outcome,
        reason=reason,
        blue={key: each["blue"] for key, each in functions.items()},
        green={},
        started_at=record.get("startedAt") or started,
        ended_at=iso(execution["stopDate"].timestamp()) if "stopDate" in execution else at,
    )
