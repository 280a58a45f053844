"""What a deployment is made of: the record that Plan writes with the claim."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from handlers.domain.compare.comparison import foretold
from handlers.domain.document import Document
from handlers.domain.hotfix import Hotfix
from handlers.domain.probe.probe_event import http_event
from handlers.domain.record import Record, RecordedFunction, deployment_id
from handlers.domain.registration.cross_check import choose_plan
from handlers.domain.registration.preflight import FunctionFacts, may_be_weighted, why_all_at_once
from handlers.domain.registration.registration import Registration
from handlers.domain.release.checks import Check
from handlers.domain.request.request import Request
from handlers.domain.shift.hotfix_plan import HOTFIX_MIN_MINUTES, shortened
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.shift.shift_steps import ALL_AT_ONCE
from handlers.domain.synthetic.of_release import Allowed, foreseen, synthetic_requests
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.foresight import foresight
from handlers.planning.resolve import Resolved

_CLOUDWATCH_SECONDS = 60


def lay_out(
    document: Document,
    request: Request,
    registration: Registration,
    resolved: Resolved,
    facts: Mapping[str, FunctionFacts],
    live: Mapping[str, Any] | None,
    before: Mapping[str, Before],
    unmarked: Sequence[str],
    hotfix: Hotfix | None = None,
    begins: str = "",
) -> Record:
    """The record of the deployment to be, of a resolved bundle without findings; `live` is the
    ledger's release of record, `before` what blue has done in the last hours, and `begins` what
    this record begins with where it was cut off. The functions `unmarked` do not count the failures
    that they answer.
    """
    assert resolved.bundle is not None
    release = resolved.bundle.release
    asked = parse_shift_plan(request.shift_plan) if request.shift_plan else None
    plan = choose_plan(release, registration, asked=asked, first=live is None)
    together = [why for each in facts.values() if (why := why_all_at_once(each))]
    if together and not plan.is_all_at_once:
        plan = ALL_AT_ONCE
    bake = _settled(release.bake, facts)
    min_minutes = release.min_minutes
    if hotfix is not None and hotfix.turns:
        least = HOTFIX_MIN_MINUTES
        min_minutes = least if min_minutes is None else min(min_minutes, least)
        if asked is None:
            plan = shortened(plan, bake.stratum_seconds, bake.settle_seconds)
    weighted = {key: may_be_weighted(each) for key, each in facts.items()}
    shared = () if plan.is_all_at_once else release.functions.keys()
    peers = {peer for each in registration.functions.values() for peer in each.calls.values()}
    allowed = Allowed(per_minute=registration.synthetic_per_minute, pinned=peers)
    synthetic = synthetic_requests(
        release.checks,
        allowed,
        release.functions.keys(),
        at=document.started_at,
        first=live is None,
    )
    own = bool(registration.metrics or synthetic)
    red = hotfix is not None and hotfix.turns
    seen = foresight(plan.steps, bake, before, weighted, unmarked, own=own, begins=begins, red=red)
    seen += foreseen(release.checks, allowed, synthetic, plan.steps, bake)
    seen += foretold(release.compare if live is not None else ())
    return Record(
        deployment=deployment_id(
            document.service, release.release, document.started_at, document.execution
        ),
        service=document.service,
        release=release.release,
        digest=resolved.digest,
        action="deploy",
        source=request.source,
        execution=document.execution,
        started_at=document.started_at,
        alias=registration.alias,
        functions={
            key: RecordedFunction(
                name=each.name,
                kind=each.kind,
                blue=str(facts[key].blue),
                weighted=weighted[key],
                calls=each.calls,
            )
            for key, each in registration.functions.items()
        },
        bundle=resolved.ref,
        shift_plan=str(plan),
        min_minutes=min_minutes,
        bake=bake,
        rollback_window_hours=registration.rollback_window_hours,
        registration_version=0,
        registration_hash="",
        note=". ".join([*_notes(together, facts, shared), *seen]),
        probes=tuple(_probe(check) for check in release.checks if check.http and check.harmless),
        former=None if live is None else _former(live),
        contracts=resolved.contracts,
        before={key: replace(each, memory_mb=facts[key].memory_mb) for key, each in before.items()},
        hooks=registration.hooks,
        together=registration.together,
        preview=registration.preview,
        metrics=registration.metrics,
        hotfix=hotfix,
        synthetic=synthetic,
    )


def _former(live: Mapping[str, Any]) -> dict[str, Any]:
    """What is live, as a rollback from the new release will need to know it."""
    return {
        "release": live["release"],
        "digest": live["digest"],
        "probes": live["probes"],
        "contracts": live.get("contracts", []),
    }


def _settled(bake: BakeSettings, facts: Mapping[str, FunctionFacts]) -> BakeSettings:
    """With strata of a minute, as CloudWatch keeps them, none is judged before it can be whole.

    Lambda stamps a count at the invocation's start and emits it at its end.
    """
    if bake.stratum_seconds < _CLOUDWATCH_SECONDS:
        return bake
    longest = max((each.timeout_seconds for each in facts.values()), default=0)
    return replace(bake, settle_seconds=max(bake.settle_seconds, 90, longest + 60))


def _notes(
    together: list[str], facts: Mapping[str, FunctionFacts], shared: Collection[str]
) -> list[str]:
    """What a person should know of the plan before it is shifted; `shared` are the functions whose
    traffic blue and a new green are to share.
    """
    notes = [f"all at once, because {'; '.join(together)}"] if together else []
    for key, each in sorted(facts.items()):
        if each.ordered_sources:
            notes.append(
                f"{key} moves at 100 % only: {', '.join(each.ordered_sources)} keeps an order"
            )
        if by_alias := [peer for peer in each.by_alias if peer in shared]:
            notes.append(
                f"WARNING: blue of {key} calls {' and '.join(by_alias)} by the alias still, and "
                "reaches green there while traffic shifts: if it does not understand that, release "
                "all-at-once this time"
            )
    return notes


def _probe(check: Check) -> dict[str, Any]:
    assert check.http is not None
    return {"function": check.function, "event": http_event(check.http, check.name)}
