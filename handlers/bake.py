"""Bake: judges green against blue on real traffic and says what happens next. Where the owner
allows it, it fills minutes in which that is thin with requests of its own. It keeps no state: what
the look before has read and made, it finds in the ledger.
"""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.clock import iso, now, seconds
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.baking.as_shifted import see_as_shifted
from handlers.baking.asks import tell_asks
from handlers.baking.reading import readings
from handlers.baking.synthetic import fill_the_minute, made_so_far
from handlers.baking.watching import flips, watched
from handlers.domain.asking.question import Asking, following
from handlers.domain.asking.told import Heard
from handlers.domain.codec import decode
from handlers.domain.document import Document
from handlers.domain.messages import Bake
from handlers.domain.record import Record
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.verdict.bake_decision import BakeDecision, decide
from handlers.domain.verdict.bake_facts import facts_of, of_person, section_of
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_item
from handlers.domain.verdict.verdict import Judgement, judge

tools = Tools()

_NOTHING_CHANGED = BakeDecision(
    "finalize", 0, "the release changes no function: there is no green to judge", inconclusive=False
)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `bake` out."""
    return answer(bake, event, log=logger, context=context)


def bake(document: Document) -> Bake:
    """One look at the step: the evidence, the verdict, the decision, all written to the ledger.

    Raises AliasMoved when an alias is not as ShiftTraffic left it for this step.
    """
    at, planned, step = now(), document.planned, document.shifted
    tools.claims.held_by(document.execution, document.service)
    tools.journal.began(planned.id, "Bake", iso(at))
    record = decode(Record, tools.journal.deployment(planned.id))
    versions = document.published.versions
    greens, flipped = watched(tools, record, versions), flips(tools, planned.id, versions)
    see_as_shifted(tools, record, versions, step.weight)

    looks = {each["step"]: each for each in tools.journal.verdicts(planned.id)}
    made = made_so_far(tools, record)
    last = looks.get(step.step, {})
    for reading in readings(tools, record, last, greens, flipped, made, at):
        judgement = judge(reading.evidence, record.bake, record.before, record.hotfix)
        asking = _asking(document, record, reading.heard)
        decision = _decision(document, record, judgement, reading.evidence, looks, at, asking)
        if decision.next in ("observe", last.get("next")):
            break
    if not greens:
        decision = _NOTHING_CHANGED
    if stop := reading.stop:
        decision = BakeDecision("rollBack", 0, f"told to stop at {stop['at']}", inconclusive=False)
    section = section_of(judgement, decision)
    if decision.asks:
        tell_asks(document.service)
    tools.journal.verdict(
        planned.id,
        step.step,
        {
            **facts_of(judgement, section, iso(at)),
            **of_person(decision, asking),
            "readAt": reading.at,
            "weight": step.weight,
            **evidence_item(reading.evidence, record.bake),
        },
    )
    green = {each.key: each.green for each in greens}
    return fill_the_minute(tools, document, record, section, reading.evidence, green)


def _asking(document: Document, record: Record, heard: Heard) -> Asking:
    """What the step may ask; the time for an answer begins when its minutes are over."""
    steps, step = parse_shift_plan(record.shift_plan).steps, document.shifted
    seconds_in_all = steps[step.step - 1].minutes * 60 + record.bake.asked_seconds
    return Asking(
        service=record.service,
        step=step.step,
        following=following(step.step, [each.weight for each in steps]),
        minutes=record.bake.ask_minutes,
        until=iso(seconds(step.at) + seconds_in_all),
        heard=heard,
    )


def _decision(
    document: Document,
    record: Record,
    judgement: Judgement,
    evidence: Evidence,
    looks: Mapping[int, Mapping[str, Any]],
    at: float,
    asking: Asking,
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
        requests_before=max((each["greenServed"] for each in looks.values()), default=0),
        asking=asking,
    )
