"""A person's decision on the deployment that runs: a signal in its ledger, which its next look
finds.
"""

from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim
from handlers.domain.asking.standing import Standing, before, heeded, refusal
from handlers.domain.asking.told import SIGNALS, Decision, Heard, Told
from handlers.domain.attention import in_the_way, is_needed
from handlers.domain.document import Document
from handlers.domain.findings import Finding
from handlers.domain.messages import Deployment
from handlers.domain.request.request import Request
from handlers.errors import PlanRejected
from handlers.planning.ending import end_with_nothing_to_do
from handlers.planning.resolve import Resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.adapters.tools import Tools


def decide(tools: "Tools", document: Document, request: Request, decision: Decision) -> Deployment:
    """Tells the running deployment what was decided, in one transaction with this execution's own
    end, as long as the same execution holds the service. Needs nothing but the ledger.

    Told twice it is told once, by whoever came first. Raises PlanRejected where nobody asks, or
    nothing can be skipped, and TransientConflict when the service changed hands meanwhile.
    """
    claim, record = _running(tools, document.service, request)
    standing = _standing(tools, claim, record)
    if found := refusal(decision, standing):
        raise PlanRejected([found])
    resolved = Resolved(release=record.get("release", ""), digest=record.get("digest", ""))
    if told_before := before(decision, standing):
        return end_with_nothing_to_do(tools, document, resolved, told_before)
    told = Told(
        decision=decision,
        at=iso(now()),
        by=document.execution,
        step=standing.step,
        who=request.who or "",
        reason=request.reason or "",
    )
    writes = (
        tools.claims.as_read(claim),
        tools.journal.telling(claim.deployment, SIGNALS[decision], told.facts()),
    )
    reason = heeded(decision, standing, _phase(tools, claim.deployment))
    return end_with_nothing_to_do(tools, document, resolved, reason, also=writes)


def _running(tools: "Tools", service: str, request: Request) -> "tuple[Claim, Mapping[str, Any]]":
    """The open claim and its deployment's record."""
    claim = tools.claims.of(service)
    if claim is None or claim.closed:
        what, do = f"no deployment of {service} is running", "nothing is to be decided"
        raise PlanRejected([Finding("NothingRuns", service, what, do)])
    record = tools.journal.deployment(claim.deployment) or {}
    if is_needed(record):
        raise PlanRejected([Finding("NothingRuns", service, *in_the_way(record))])
    if request.deployment not in (None, claim.deployment):
        what = f"{request.deployment} does not run any more, but {claim.deployment} does"
        do = f"see with `greenshift status {service}` where that one is, and decide on it"
        raise PlanRejected([Finding("OtherRuns", service, what, do)])
    return claim, record


def _standing(tools: "Tools", claim: Claim, record: "Mapping[str, Any]") -> Standing:
    looks = tools.journal.verdicts(claim.deployment)
    look = max(looks, key=lambda each: each["step"], default=None)
    signals = tools.journal.signals(claim.deployment)
    back: str | None = None
    if tools.executions.over(claim.execution):
        back = "its execution has ended, and the recovery rule puts it back"
    elif record.get("execution") != claim.execution:
        back = "it is being recovered"
    elif look is not None and look["next"] == "rollBack":
        back = look["reason"]
    elif stop := signals.get("stop"):
        back = f"it was told to stop at {stop['at']}"
    elif look is None and (newer := signals.get("superseded")):
        # One that has moved traffic by then does not read it.
        back = f"it gives way to {newer['release']}"
    return Standing(
        service=claim.service,
        deployment=claim.deployment,
        action=record.get("action", "deploy"),
        look=look,
        heard=Heard.of(signals),
        back=back,
    )


def _phase(tools: "Tools", deployment: str) -> str:
    """The phase that was begun last, as far as the ledger tells: the migrator writes nothing, and a
    hook that is in progress is no phase of its own there.
    """
    if any(each["status"] == "IN_PROGRESS" for each in tools.journal.hooks(deployment)):
        return "RunHooks"
    return next(reversed(tools.journal.phases(deployment)), "Plan")
