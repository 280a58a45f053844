"""RollBack: every function back on blue, from the ledger alone. It runs when things are broken, so
it imports little.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import PLAIN
from handlers.adapters.entry import answer as answered
from handlers.adapters.executions import is_over, start_at
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.tools import Tools
from handlers.domain.attention import finish, in_the_way, is_needed
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.failure import reason_of
from handlers.domain.messages import Ended
from handlers.domain.record import Record
from handlers.domain.schema.begun import tells_of_nothing
from handlers.errors import AliasMoved, ClaimLost, NothingContracted, PlanRejected
from handlers.rolling_back.refusing import as_it_ended, refuse
from handlers.rolling_back.restore import Restore

tools = Tools(first=True)

_ENDED = {"ABORTED": "its execution was stopped", "TIMED_OUT": "its execution timed out"}
"""What Step Functions calls an end that no Catch has seen."""


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `ended` out."""
    return answered(roll_back, event, log=PLAIN, context=context)


def roll_back(document: Document) -> Ended:
    """Puts the service back whole, for this execution's own deployment, or as `rollback`, `repair`
    or `recover` asks.

    Nothing is changed unless this execution holds the claim. Safe to repeat: what is back is found
    so, and a deployment that has ended answers as it did.
    """
    known = tools.claims.execution(document.execution)
    if known is not None and known["closed"]:
        return as_it_ended(tools, document, known["deployment"])
    action = document.request.get("action") if isinstance(document.request, Mapping) else None
    if known is not None:
        claim = tools.claims.held_by(document.execution, document.service)
        return _restore(claim, document, action)
    if document.failure:
        return refuse(tools, document, reason_of(document.failure, ""))
    # What was typed is read where it is used: the automatic way back does without its reader.
    from handlers.domain.request.request import read_request  # noqa: PLC0415

    request, findings = read_request(document.request, document.service)
    if request is None:
        return refuse(tools, document, str(PlanRejected(findings)), findings)
    if request.action == "rollback":
        return _go_back(document, request.to)
    if request.action == "recover":
        return _recover(document, str(request.execution))
    if request.action == "repair":
        return _repair(document)
    return refuse(tools, document, "Plan did not say what to do; start the deployment again")


def _restore(
    claim: Claim, document: Document, action: object, how: str = "its execution failed"
) -> Ended:
    bake = document.bake.reason if document.bake and document.bake.next == "rollBack" else None
    by_hand = action in ("rollback", "repair")
    record = tools.journal.deployment(claim.deployment) or {}
    told = record.get("note") or "rolled back by hand"
    default = told if by_hand else how
    reason = reason_of(document.failure, bake or str(default))
    if document.schema is not None and document.checks is None:
        # How far the migrator came before it failed; VerifyGreen would have written it. No traffic
        # has moved yet, so nobody waits for this.
        tools.journal.ended(claim.deployment, "MigrateSchema", iso(now()), encode(document.schema))
    if record.get("action") == "contract":
        return _break_off(claim, document, decode(Record, record), reason)
    # A hand may have moved what no flip of this deployment has.
    error = (document.failure or {}).get("Error")
    everything = by_hand or error == AliasMoved.__name__ or action == "recover"
    return Restore(tools, claim).run(reason, everything=everything, refused=tells_of_nothing(error))


def _break_off(claim: Claim, document: Document, record: Record, reason: str) -> Ended:
    """Ends a contract. Only the migrator knows what the database has of it: where it did not say
    that it has nothing, and was not kept from beginning, something may be applied.
    """
    from handlers.rolling_back.break_off import break_off  # noqa: PLC0415 - the automatic way back does without

    said = (document.failure or {}).get("Error")
    kept = document.execution == record.execution and document.deployment is None
    begun = said != NothingContracted.__name__ and not kept
    return break_off(tools, claim, record, reason, begun=begun)


def _go_back(document: Document, to: str | None) -> Ended:
    """`rollback`: to the release before the live one, or `to` an earlier one, one call a function,
    inside the rollback window.
    """
    from handlers.rolling_back.go_back import NoWayBack, lay_out_way_back  # noqa: PLC0415 - as with `repair`

    service, at = document.service, now()
    current = tools.claims.of(service)
    if current is not None and not current.closed:
        running = tools.journal.deployment(current.deployment) or {}
        if running.get("action") == "contract":
            return refuse(
                tools,
                document,
                f"{current.deployment} is contracting the schema, from which there is no way back; "
                f"see with `greenshift watch {service}` how it ends, then deploy a new release",
            )
        if is_needed(running):
            return refuse(tools, document, "; ".join(in_the_way(running)))
        tools.journal.signal(current.deployment, "stop", {"at": iso(at), "by": document.execution})
        if tools.executions.over(current.execution):
            return refuse(
                tools,
                document,
                f"{current.deployment} has ended, and the recovery rule puts it back; where it "
                f"does not within minutes, {finish(service)}",
            )
        return refuse(
            tools,
            document,
            f"{current.deployment} is running: it was told to stop, and goes back by itself"
            + (f"; {to} can be asked for when it has" if to else ""),
        )
    try:
        record = lay_out_way_back(tools, document, to)
    except NoWayBack as refused:
        return refuse(tools, document, str(refused))
    wanted = Claim(service, record.deployment, document.execution, 0, iso(at), closed=False)
    claim = tools.claims.take(wanted, encode(record), over=current)
    return _restore(claim, document, "rollback")


def _repair(document: Document) -> Ended:
    """`repair`: every alias that is not on the release of record goes back to it."""
    from handlers.rolling_back.repair import claim_repair  # noqa: PLC0415 - the automatic way back does without

    try:
        claim = claim_repair(tools, document)
    except PlanRejected as rejected:
        return refuse(tools, document, str(rejected), rejected.findings)
    return _restore(claim, document, "repair")


def _recover(document: Document, lost: str) -> Ended:
    """`recover`: an execution ended without RollBack, or its RollBack could not finish; the claim
    of its deployment is taken over from whoever has it by now, every alias sealed, and closed.
    """
    known, current = tools.claims.execution(lost), tools.claims.of(document.service)
    if known is None:
        if not tools.executions.over(lost):
            return refuse(tools, document, _goes_on(lost, lost))
        _bar(document, lost)
        return refuse(tools, document, f"{lost} left nothing open")
    if current is None or current.closed or current.deployment != known["deployment"]:
        return refuse(tools, document, f"{lost} left nothing open")
    found = tools.executions.describe(current.execution)
    if found is not None and not is_over(found):
        return refuse(tools, document, _goes_on(lost, current.execution))
    try:
        claim = tools.claims.take_over(current, document.execution, iso(now()))
    except ClaimLost:
        return refuse(tools, document, f"{lost} is being recovered by another execution")
    how = _ENDED.get(found["status"]) if found is not None else None
    return _restore(claim, document, "recover", how or "its execution failed")


def _goes_on(lost: str, holder: str) -> str:
    return (
        f"{lost} is still running" if holder == lost else f"{lost} is being recovered by {holder}"
    )


def _bar(document: Document, lost: str) -> None:
    """Closes an execution that has ended and claimed nothing: its Plan's Lambda may be under way
    still, and must not come to claim the service when nobody looks any more.

    Raises TransientConflict when it has claimed it meanwhile; trying again recovers it.
    """
    found = tools.executions.describe(lost)
    if found is not None and start_at(lost) == start_at(document.execution):
        began = iso(found["startDate"].timestamp())
        barred = replace(document, execution=lost, started_at=began)
        refuse(tools, barred, "its execution ended before it claimed the service")
