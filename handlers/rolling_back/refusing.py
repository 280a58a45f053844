"""What RollBack answers when it puts nothing back: a refusal, or the end that there was already."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso, now
from handlers.domain.answer import answer, ended
from handlers.domain.attention import in_the_way, is_needed
from handlers.domain.document import Document
from handlers.domain.findings import Finding
from handlers.domain.messages import Ended
from handlers.domain.record import deployment_id

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def as_it_ended(tools: "Tools", document: Document, deployment: str) -> Ended:
    """The answer of a deployment that has ended: a lost answer, a refusal of Plan, a redrive."""
    record = tools.journal.deployment(deployment) or {}
    outcome = record.get("outcome", "Rejected")
    known = record.get("answer") or {}
    if outcome in ("Released", "RolledBack", "Rejected") and known:
        return ended(known)
    if is_needed(record):
        reason = "; ".join(in_the_way(record))
    else:
        reason = f"{deployment} has ended as {outcome}; start a new deployment"
    return ended({**_answer(document, reason), **known, "outcome": "Rejected", "reason": reason})


def refuse(
    tools: "Tools", document: Document, reason: str, findings: Sequence[Finding] = ()
) -> Ended:
    """Records the refusal and closes the execution: nothing was changed, and nothing will be."""
    found = _answer(document, reason, findings)
    record = {
        "deployment": found["deployment"],
        "service": document.service,
        "execution": document.execution,
        "startedAt": document.started_at,
        "endedAt": found["endedAt"],
        "outcome": "Rejected",
        "answer": found,
    }
    tools.journal.refuse(document.execution, record)
    return ended(found)


def _answer(document: Document, reason: str, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    return answer(
        deployment=deployment_id(document.service, "none", document.started_at, document.execution),
        service=document.service,
        release="",
        digest="",
        outcome="Rejected",
        reason=reason,
        blue={},
        green={},
        started_at=document.started_at,
        ended_at=iso(now()),
        findings=findings,
    )
