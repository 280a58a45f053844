"""Plan: resolves the request to one bundle, checks everything, claims the service. Outside the
ledger it changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer as answered
from handlers.adapters.ledger.claims import next_token
from handlers.adapters.ledger.ledger import Write
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.asking.told import DECISIONS
from handlers.domain.codec import decode
from handlers.domain.document import Document
from handlers.domain.earlier import changes_of
from handlers.domain.messages import Deployment
from handlers.domain.record import Record
from handlers.domain.registration.preflight import judge_functions
from handlers.domain.request.request import Request, read_request
from handlers.domain.schema.contracts import begun
from handlers.errors import DeploymentClosed, PlanRejected
from handlers.planning.blue_record import lay_out_with_blue
from handlers.planning.claiming import claim, noting_begun, section
from handlers.planning.contracting import Contracting, lay_out_contract
from handlers.planning.deciding import decide
from handlers.planning.ending import (
    end_with_nothing_to_do,
    note_refused,
    nothing_to_do,
    reject,
)
from handlers.planning.history import History
from handlers.planning.ownership import facts_of_all, own_all
from handlers.planning.queueing import Queueing, withdraw
from handlers.planning.resolve import Resolved, Resolver
from handlers.planning.schema_changes import with_schema_changes
from handlers.planning.service_state import ServiceState
from handlers.planning.wholeness import Wholeness

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `deployment` out."""
    return answered(plan, event, log=logger, context=context)


def plan(document: Document) -> Deployment:
    """One deployment laid out and claimed, or nothing to do. Raises PlanRejected with all findings
    at once.

    Safe to repeat: an execution that holds its claim gets the same section again. A refusal is
    recorded and closed.
    """
    known = tools.claims.execution(document.execution)
    if known is not None and known["closed"]:
        ended = tools.journal.deployment(known["deployment"]) or {}
        if ended.get("outcome") == "NothingToDo":
            return nothing_to_do(document, ended["answer"])
        raise DeploymentClosed(f"{known['deployment']} has ended; start a new deployment")
    if known is not None:
        return section(
            tools, document, decode(Record, tools.journal.deployment(known["deployment"]))
        )
    try:
        return _plan(document)
    except PlanRejected as rejected:
        reject(tools, document, rejected)
        raise


def _plan(document: Document) -> Deployment:
    request, findings = read_request(document.request, document.service)
    if request is None:
        raise PlanRejected(findings)
    if request.withdraw:
        return withdraw(tools, document, request)
    if request.action in DECISIONS:
        return decide(tools, document, request, request.action)
    service = ServiceState.read(tools, document.service)
    if request.queued is not None:
        return _plan_turn(document, request, service)
    service.refuse_unfinished(tools)
    plan_ = _plan_contract if request.action == "contract" else _plan_release
    return plan_(document, request, service)


def _plan_turn(document: Document, request: Request, service: ServiceState) -> Deployment:
    """What waited in the queue, deployed as it was asked for then."""
    entry = tools.queue.entry(document.service, str(request.queued))
    if entry is None:
        reason = f"release {request.release} waits in the queue no more"
        resolved = Resolved(release=str(request.release))
        return end_with_nothing_to_do(tools, document, resolved, reason)
    return _plan_release(document, entry.asked(), service)


def _plan_release(document: Document, request: Request, service: ServiceState) -> Deployment:
    registration, live = service.registration, service.live
    releases = tools.journal.releases(document.service)
    history = History(releases, live, service.current, service.contracts)
    resolved = Resolver(tools.bundles, registration, history).resolve(request)
    wholeness = Wholeness(tools, registration, live, service.current)
    if resolved.nothing_to_do is not None:
        if not history.busy and (findings := wholeness.findings()):
            raise PlanRejected(findings)
        return end_with_nothing_to_do(tools, document, resolved, resolved.nothing_to_do)
    waiting = Queueing(
        tools=tools,
        document=document,
        request=request,
        resolved=resolved,
        current=service.current,
        concurrency=registration.concurrency,
    ).wait()
    if waiting is not None:
        return waiting
    service.refuse_busy(request)

    facts = facts_of_all(tools, registration)
    findings = [*resolved.findings, *judge_functions(registration, facts)]
    findings += wholeness.findings({key: each.served for key, each in facts.items() if each.exists})
    if findings:
        if not request.dry_run:
            note_refused(tools, document, resolved)
        raise PlanRejected(findings)
    record = lay_out_with_blue(tools, document, request, registration, resolved, facts, live)
    if request.dry_run:
        return end_with_nothing_to_do(
            tools,
            document,
            resolved,
            f"dry run: {record.release} would shift by {record.shift_plan}. {record.note}",
        )
    own_all(tools, facts, record.service)
    record = with_schema_changes(tools, record, resolved)
    return claim(
        tools,
        document,
        record,
        service.registered,
        over=service.current,
        also=[
            noting_begun(tools, record),
            *(
                tools.history.changing(record.service, each)
                for each in changes_of(record, next_token(service.current))
            ),
            *_taking_turn(document, request),
        ],
    )


def _taking_turn(document: Document, request: Request) -> tuple[Write, ...]:
    """With the claim an entry leaves the queue; what was taken out meanwhile claims nothing."""
    if request.queued is None:
        return ()
    return tools.queue.leaving(document.service, request.queued, {"execution": document.execution})


def _plan_contract(document: Document, request: Request, service: ServiceState) -> Deployment:
    """A contract laid out and claimed. With the claim it is written down that the schema may be
    contracted from now on, as only the database sees what becomes of it.
    """
    contracting = Contracting(
        tools, service.live, service.contracts, service.current, service.registration.preview
    )
    resolved = contracting.resolve(request, document.service, iso(now()))
    if resolved.nothing_to_do is not None:
        return end_with_nothing_to_do(tools, document, resolved, resolved.nothing_to_do)
    service.refuse_busy(request)
    if resolved.findings:
        raise PlanRejected(resolved.findings)
    assert service.live is not None
    record = lay_out_contract(document, request, service.registration, resolved, service.live)
    from_now_on = begun(
        service.contracts,
        record.contracts,
        release=record.release,
        deployment=record.deployment,
        at=iso(now()),
    )
    return claim(
        tools,
        document,
        record,
        service.registered,
        over=service.current,
        also=[tools.contracts.writing(record.service, from_now_on)],
    )
