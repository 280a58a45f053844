"""Plan: resolves the request to one bundle, checks everything, claims the service. Outside the
ledger it changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer as answered
from handlers.adapters.ledger.claims import Claim, busy, when_free
from handlers.adapters.ledger.ledger import Put
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.answer import answer
from handlers.domain.attention import in_the_way, is_needed
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.findings import Finding
from handlers.domain.messages import BundleRef, Deployment, FunctionBlue, Outcome
from handlers.domain.record import Record, deployment_id
from handlers.domain.registration.preflight import FunctionFacts, judge_functions
from handlers.domain.registration.registration import Registration, read_registration
from handlers.domain.request.request import Request, read_request
from handlers.domain.request.upload import release_of_key
from handlers.domain.schema.contracts import Contract, begun
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.verdict.alarms import foreseen
from handlers.errors import DeploymentClosed, PlanRejected
from handlers.planning.contracting import Contracting, lay_out_contract
from handlers.planning.history import History
from handlers.planning.lay_out import lay_out
from handlers.planning.resolve import Resolved, Resolver
from handlers.planning.wholeness import Wholeness

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `deployment` out."""
    return answered(plan, event, log=logger)


def plan(document: Document) -> Deployment:
    """One deployment laid out and claimed, or nothing to do. Raises PlanRejected with all findings
    at once.

    Safe to repeat: an execution that holds its claim gets the same section again. A refusal is
    recorded and closed.
    """
    known = tools.claims.execution(document.execution)
    if known is not None and known["closed"]:
        record = tools.journal.deployment(known["deployment"]) or {}
        if record.get("outcome") == "NothingToDo":
            return _ended_as_nothing_to_do(document, record["answer"])
        raise DeploymentClosed(f"{known['deployment']} has ended; start a new deployment")
    if known is not None:
        return _section(document, decode(Record, tools.journal.deployment(known["deployment"])))
    try:
        return _plan(document)
    except PlanRejected as rejected:
        _end(document, "Rejected", str(rejected), findings=rejected.findings)
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """What is known of the service before its request is resolved. The claim was read first: who
    comes between makes the taking of it fail.
    """

    current: Claim | None
    registration: Registration
    registered: tuple[int, str]
    live: Mapping[str, Any] | None
    contracts: tuple[Contract, ...]


def _plan(document: Document) -> Deployment:
    request, findings = read_request(document.request, document.service)
    if request is None:
        raise PlanRejected(findings)
    registration, version, digest = _registration(document.service)
    service = _Service(
        current=tools.claims.of(document.service),
        registration=registration,
        registered=(version, digest),
        live=tools.journal.live(document.service),
        contracts=tools.contracts.of(document.service),
    )
    _refuse_unfinished(service.current)
    plan_ = _plan_contract if request.action == "contract" else _plan_release
    return plan_(document, request, service)


def _plan_release(document: Document, request: Request, service: _Service) -> Deployment:
    registration, live = service.registration, service.live
    releases = tools.journal.releases(document.service)
    history = History(releases, live, service.current, service.contracts)
    resolved = Resolver(tools.bundles, registration, history).resolve(request)
    wholeness = Wholeness(tools, registration, live, service.current)
    if resolved.nothing_to_do is not None:
        if not history.busy and (findings := wholeness.findings()):
            raise PlanRejected(findings)
        return _nothing_to_do(document, resolved, resolved.nothing_to_do)
    _refuse_busy(document, service)

    facts = _facts(registration)
    findings = [*resolved.findings, *judge_functions(registration, facts)]
    findings += wholeness.findings({key: each.served for key, each in facts.items() if each.exists})
    if findings:
        if not request.dry_run:
            _note_refused(document, resolved)
        raise PlanRejected(findings)
    record = _laid_out(document, request, service, resolved, facts)
    if request.dry_run:
        return _nothing_to_do(
            document,
            resolved,
            f"dry run: {record.release} would shift by {record.shift_plan}. {record.note}",
        )
    _own(facts, record.service)
    return _claim(document, record, service, also=[_noting_begun(record)])


def _laid_out(
    document: Document,
    request: Request,
    service: _Service,
    resolved: Resolved,
    facts: Mapping[str, FunctionFacts],
) -> Record:
    """The record, with what blue did in the last hours, by which the bake will be judged."""
    registration = service.registration
    blues = {key: (each.name, str(each.blue)) for key, each in facts.items()}
    metrics = tools.metrics(document.service, registration.alias)
    before = metrics.before(blues, end=now())
    marked = metrics.instrumented(blues, end=now())
    unmarked = sorted(
        key
        for key, each in registration.functions.items()
        if each.kind == "entry" and key not in marked
    )
    record = lay_out(
        document, request, registration, resolved, facts, service.live, before, unmarked
    )
    return _with_alarms(record, registration)


def _with_alarms(record: Record, registration: Registration) -> Record:
    """With the alarms that watch the shift, and those of them that are red before it."""
    if not registration.alarms:
        return record
    states = tools.alarms.states(registration.alarms)
    return replace(
        record,
        alarms=registration.alarms,
        red_before=tuple(arn for arn, state in states.items() if state.red),
        note=". ".join([record.note, *foreseen(registration.alarms, states)]),
    )


def _plan_contract(document: Document, request: Request, service: _Service) -> Deployment:
    """A contract laid out and claimed. With the claim it is written down that the schema may be
    contracted from now on, as only the database sees what becomes of it.
    """
    contracting = Contracting(tools, service.live, service.contracts, service.current)
    resolved = contracting.resolve(request, document.service, iso(now()))
    if resolved.nothing_to_do is not None:
        return _nothing_to_do(document, resolved, resolved.nothing_to_do)
    _refuse_busy(document, service)
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
    return _claim(
        document, record, service, also=[tools.contracts.writing(record.service, from_now_on)]
    )


def _refuse_busy(document: Document, service: _Service) -> None:
    if service.current is not None and not service.current.closed:
        what, do = busy(service.current), when_free(document.service)
        raise PlanRejected([Finding("ServiceBusy", document.service, what, do)])


def _refuse_unfinished(current: Claim | None) -> None:
    """Refuses whatever is asked while a deployment that ended waits for a person: also its own
    release is not being deployed any more.
    """
    if current is None or current.closed:
        return
    record = tools.journal.deployment(current.deployment) or {}
    if is_needed(record):
        raise PlanRejected([Finding("ServiceBusy", current.service, *in_the_way(record))])


def _registration(service: str) -> tuple[Registration, int, str]:
    found = tools.registrations.read(service)
    if found is None:
        what = f"the service {service} is not registered in this account and region"
        raise PlanRejected(
            [Finding("UnknownService", service, what, "deploy its stack with BlueGreenService")]
        )
    registration, findings = read_registration(found.text, service)
    if registration is None:
        raise PlanRejected(findings)
    return registration, found.version, found.hash


def _facts(registration: Registration) -> dict[str, FunctionFacts]:
    return {
        key: replace(each, owner=tools.journal.owner(each.arn) if each.exists else None)
        for key, each in tools.facts.of_all(registration).items()
    }


def _own(facts: Mapping[str, FunctionFacts], service: str) -> None:
    for each in facts.values():
        if not tools.journal.own(each.arn, service):
            what = f"{each.name} was registered with another service meanwhile"
            raise PlanRejected(
                [Finding("FunctionOwned", each.name, what, "register it with one service only")]
            )


def _claim(
    document: Document, record: Record, service: _Service, *, also: Sequence[Put] = ()
) -> Deployment:
    version, digest = service.registered
    record = replace(record, registration_version=version, registration_hash=digest)
    wanted = Claim(record.service, record.deployment, record.execution, 0, iso(now()), closed=False)
    tools.claims.take(wanted, encode(record), over=service.current, also=also)
    return _section(document, record)


def _section(document: Document, record: Record) -> Deployment:
    """The section of a claimed deployment, also for a repeat after a lost answer."""
    claim = tools.claims.held_by(document.execution, document.service)
    contracts = record.action == "contract"
    section = Deployment(
        id=record.deployment,
        service=record.service,
        release=record.release,
        digest=record.digest,
        token=claim.token,
        registration_version=record.registration_version,
        functions={
            key: FunctionBlue(each.kind, each.blue) for key, each in record.functions.items()
        },
        bundle=record.bundle,
        blue_bundle=_blue_bundle(record),
        shift_plan=record.shift_plan,
        steps=0 if contracts else len(parse_shift_plan(record.shift_plan).steps),
        note=record.note,
        next="migrateSchema" if contracts else "provisionGreen",
        answer=None,
    )
    tools.journal.ended(record.deployment, "Plan", iso(now()), encode(section))
    return section


def _noting_begun(record: Record) -> Put:
    """Written with the claim, so that a release that was begun is known by name, wherever Plan is
    stopped.
    """
    assert record.bundle is not None
    return tools.journal.noting(
        record.service,
        record.digest,
        {
            "release": record.release,
            "key": record.bundle.key,
            "objectVersion": record.bundle.version,
            "deployment": record.deployment,
            "outcome": None,
        },
    )


def _blue_bundle(record: Record) -> BundleRef | None:
    """Where the release that is live came from: its statements are what a schema change may not
    break.
    """
    live = (record.former or {}).get("digest")
    known = tools.journal.release(record.service, live) if live else None
    if known is None:
        return None
    return BundleRef(tools.bundles.bucket, known["key"], known["objectVersion"], known["digest"])


def _nothing_to_do(document: Document, resolved: Resolved, reason: str) -> Deployment:
    found = _end(document, "NothingToDo", reason, resolved=resolved)
    return _ended_as_nothing_to_do(document, found)


def _ended_as_nothing_to_do(document: Document, found: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=found["deployment"],
        service=document.service,
        release=found["release"],
        digest=found["digest"],
        token=0,
        registration_version=0,
        functions={},
        bundle=None,
        blue_bundle=None,
        shift_plan="",
        steps=0,
        note=found["reason"],
        next="nothingToDo",
        answer=found,
    )


def _note_refused(document: Document, resolved: Resolved) -> None:
    """A bundle that was refused is not `latest` any more; one that has a history keeps it."""
    if resolved.upload is None:
        return
    # What is no bundle has no digest that we know: its object version tells it from the next one.
    digest = resolved.digest or f"unread:{resolved.upload.version}"
    if tools.journal.release(document.service, digest) is not None:
        return
    tools.journal.note_release(
        document.service,
        digest,
        {
            "release": resolved.release,
            "key": resolved.upload.key,
            "objectVersion": resolved.upload.version,
            "deployment": _id(document, resolved.release),
            "outcome": "Rejected",
        },
    )


def _end(
    document: Document,
    outcome: Outcome,
    reason: str,
    *,
    resolved: Resolved | None = None,
    findings: Sequence[Finding] = (),
) -> dict[str, Any]:
    """Records a deployment that ends in Plan, closed from the start; answers its answer."""
    release = resolved.release if resolved else _asked(document)
    at = iso(now())
    found = answer(
        deployment=_id(document, release),
        service=document.service,
        release=release,
        digest=resolved.digest if resolved else "",
        outcome=outcome,
        reason=reason,
        blue={},
        green={},
        started_at=document.started_at,
        ended_at=at,
        findings=findings,
    )
    tools.journal.refuse(
        document.execution,
        {
            "deployment": found["deployment"],
            "service": document.service,
            "action": _action(document),
            "release": release,
            "digest": found["digest"],
            "execution": document.execution,
            "startedAt": document.started_at,
            "endedAt": at,
            "outcome": outcome,
            "answer": found,
        },
    )
    return found


def _asked(document: Document) -> str:
    """The release that was asked for, as far as the request can be read at all."""
    if not isinstance(document.request, Mapping):
        return ""
    uploaded = document.request.get("object")
    if isinstance(uploaded, Mapping):
        return release_of_key(str(uploaded.get("key")), document.service)[0] or ""
    asked = document.request.get("release")
    return asked if isinstance(asked, str) and asked.isprintable() else ""


def _action(document: Document) -> str:
    """What was asked for: an action that a record can have."""
    asked = document.request.get("action") if isinstance(document.request, Mapping) else None
    return "contract" if asked == "contract" else "deploy"


def _id(document: Document, release: str) -> str:
    return deployment_id(
        document.service, release or "none", document.started_at, document.execution
    )
