"""Bake: judges green against blue on real traffic and says what happens next. It keeps no state of
its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.clock import iso, now, seconds
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.metrics import Watched
from handlers.adapters.tools import Tools
from handlers.domain.codec import decode
from handlers.domain.document import Document
from handlers.domain.messages import UNCHANGED, Bake
from handlers.domain.record import Record
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.shift.traffic import Target, target
from handlers.domain.verdict.bake_decision import BakeDecision, decide
from handlers.domain.verdict.evidence import Evidence, Flip, gather_evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.verdict import Judgement, judge
from handlers.errors import AliasMoved

tools = Tools()

_MOST_ROWS = 4000
"""Strata that one verdict keeps, over all functions: a DynamoDB item holds 400 KB."""
_NOTHING_CHANGED = BakeDecision(
    "finalize", 0, "the release changes no function: there is no green to judge", inconclusive=False
)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `bake` out."""
    return answer(bake, event, log=logger)


def bake(document: Document) -> Bake:
    """One look at the step: the evidence from scratch, the verdict, the decision, all written to
    the ledger.

    Raises AliasMoved when an alias is not as ShiftTraffic left it for this step.
    """
    at, planned, step = now(), document.planned, document.shifted
    tools.claims.held_by(document.execution, document.service)
    tools.journal.began(planned.id, "Bake", iso(at))
    record = decode(Record, tools.journal.deployment(planned.id))
    watched = _watched(record, document.published.versions)
    flips = _flips(planned.id)
    _see_as_shifted(record, document.published.versions, step.weight)

    evidence = _evidence(record, watched, flips, at)
    judgement = judge(evidence.strata, record.bake, newest=evidence.newest)
    decision = _decision(document, record, judgement, evidence, at) if watched else _NOTHING_CHANGED
    if stop := tools.journal.signals(planned.id).get("stop"):
        decision = BakeDecision("rollBack", 0, f"told to stop at {stop['at']}", inconclusive=False)
    section = _section(judgement, decision)
    tools.journal.verdict(planned.id, step.step, _facts(step.weight, section, evidence, at))
    return section


def _watched(record: Record, versions: Mapping[str, str]) -> list[Watched]:
    return [
        Watched(key, each.name, each.blue, versions[key])
        for key, each in sorted(record.functions.items())
        if versions[key] != UNCHANGED
    ]


def _flips(deployment: str) -> list[Flip]:
    return [
        Flip(at=each["at"], weight=each["weight"])
        for each in tools.journal.flips(deployment)
        if "at" in each
    ]


def _see_as_shifted(record: Record, versions: Mapping[str, str], weight: int) -> None:
    """Sees that each alias serves what the step's flip left there: moved back to blue or robbed of
    its weights, it would leave a green to judge that gets no traffic.
    """
    for each in record.managed():
        green = versions[each.key]
        if green == UNCHANGED:
            continue
        alias, left = tools.aliases.read(each.name, record.alias), target(each, green, weight)
        seen = Target(alias.version, alias.weights) if alias else None
        if seen != left:
            found = f"serves {seen}" if seen else "is gone"
            raise AliasMoved(
                f"{each.name}:{record.alias} {found}, and the shift to {weight} % left it at "
                f"{left}: somebody else moved it during the bake"
            )


def _evidence(
    record: Record, watched: Sequence[Watched], flips: Sequence[Flip], at: float
) -> Evidence:
    whole = [flip.at for flip in flips if flip.weight == 100]
    counts = tools.metrics(record.service, record.alias).counts(
        watched,
        start=min((flip.at for flip in flips), default=at),
        end=at,
        period=record.bake.stratum_seconds,
        whole_from=max(whole) if whole else None,
    )
    return gather_evidence(
        counts,
        flips,
        now=at,
        stratum_seconds=record.bake.stratum_seconds,
        settle_seconds=record.bake.settle_seconds,
    )


def _decision(
    document: Document, record: Record, judgement: Judgement, evidence: Evidence, at: float
) -> BakeDecision:
    steps, step = parse_shift_plan(record.shift_plan).steps, document.shifted
    return decide(
        judgement,
        step_age_seconds=at - seconds(step.at),
        step_minutes=steps[step.step - 1].minutes,
        min_minutes=record.min_minutes,
        last_step=step.step == len(steps),
        inconclusive=record.bake.inconclusive,
        green_requests=evidence.green_requests,
        green_failures=evidence.green_failures,
        stratum_seconds=record.bake.stratum_seconds,
    )


def _section(judgement: Judgement, decision: BakeDecision) -> Bake:
    return Bake(
        verdict="inconclusive" if decision.inconclusive else judgement.word,
        reason=decision.reason,
        green_requests=judgement.green_requests,
        green_failures=judgement.green_failures,
        blue_requests=judgement.blue_requests,
        blue_failures=judgement.blue_failures,
        log_e_fail=round(judgement.log_e_fail, 4),
        log_e_pass=round(judgement.log_e_pass, 4),
        next=decision.next,
        wait_seconds=decision.wait_seconds if decision.next == "observe" else 1,
    )


def _facts(weight: int, section: Bake, evidence: Evidence, at: float) -> dict[str, Any]:
    """The verdict with its evidence, counts by stratum, so that it can be recomputed.

    Of a bake of days the sums are whole, and of the strata the newest are kept.
    """
    room = max(1, _MOST_ROWS // max(1, len(evidence.strata)))
    return {
        "at": iso(at),
        "weight": weight,
        "verdict": section.verdict,
        "next": section.next,
        "reason": section.reason,
        "logEFail": section.log_e_fail,
        "logEPass": section.log_e_pass,
        "greenServed": evidence.green_requests,
        "greenFailed": evidence.green_failures,
        "greenRequests": section.green_requests,
        "greenFailures": section.green_failures,
        "blueRequests": section.blue_requests,
        "blueFailures": section.blue_failures,
        "evidence": {key: _rows(strata, room) for key, strata in evidence.strata.items()},
    }


def _rows(strata: Sequence[Stratum], room: int) -> list[list[int]]:
    """The newest `room` strata, each as start, green's requests and failures, blue's likewise."""
    return [
        [
            each.start,
            each.green_requests,
            each.green_failures,
            each.blue_requests,
            each.blue_failures,
        ]
        for each in strata[-room:]
    ]
