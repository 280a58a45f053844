"""Bake: judges green against blue on real traffic and says what happens next. Where the owner
allows it, it fills minutes in which that is thin with requests of its own. It keeps no state: what
the look before has read and made, it finds in the ledger.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from random import sample
from typing import Any, NamedTuple

from handlers.adapters.clock import iso, now, seconds
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.metrics import Watched
from handlers.adapters.tools import Tools
from handlers.baking.asks import tell_asks
from handlers.baking.pushed import pushed
from handlers.baking.synthetic import Made, fill_the_minute, made_so_far
from handlers.domain.asking.question import Asking, following
from handlers.domain.asking.told import Heard
from handlers.domain.codec import decode
from handlers.domain.document import Document
from handlers.domain.messages import UNCHANGED, Bake
from handlers.domain.record import Record, RecordedFunction
from handlers.domain.shift.rounds import metrics_turn
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.shift.traffic import Target, target
from handlers.domain.verdict.alarms import AlarmSigns, read_alarms
from handlers.domain.verdict.bake_decision import BakeDecision, decide
from handlers.domain.verdict.before import FEWEST_REQUESTS, Before
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_item, evidence_of
from handlers.domain.verdict.gather import gather_evidence
from handlers.domain.verdict.pushed import Moment, with_pushed
from handlers.domain.verdict.verdict import Judgement, judge
from handlers.domain.verdict.when import Flip
from handlers.errors import AliasMoved

tools = Tools()

_ALIASES_A_LOOK = 10
_LOOKING_SECONDS = 10.0

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
    watched = _watched(record, document.published.versions)
    flips = _flips(planned.id, document.published.versions)
    _see_as_shifted(record, document.published.versions, step.weight)

    looks = {each["step"]: each for each in tools.journal.verdicts(planned.id)}
    made = made_so_far(tools, record)
    last = looks.get(step.step, {})
    for reading in _readings(record, last, watched, flips, made, at):
        judgement = judge(reading.evidence, record.bake, record.before, record.hotfix)
        asking = _asking(document, record, reading.heard)
        decision = _decision(document, record, judgement, reading.evidence, looks, at, asking)
        if decision.next in ("observe", last.get("next")):
            break
    if not watched:
        decision = _NOTHING_CHANGED
    if stop := reading.stop:
        decision = BakeDecision("rollBack", 0, f"told to stop at {stop['at']}", inconclusive=False)
    section = _section(judgement, decision)
    if decision.asks:
        tell_asks(document.service)
    tools.journal.verdict(
        planned.id,
        step.step,
        {
            **_facts(judgement, section, at),
            **_of_person(decision, asking),
            "readAt": reading.at,
            "weight": step.weight,
            **evidence_item(reading.evidence, record.bake),
        },
    )
    green = {each.key: each.green for each in watched}
    return fill_the_minute(tools, document, record, section, reading.evidence, green)


def _watched(record: Record, versions: Mapping[str, str]) -> list[Watched]:
    return [
        _watch(record, key, each, versions[key])
        for key, each in sorted(record.functions.items())
        if versions[key] != UNCHANGED
    ]


def _watch(record: Record, key: str, function: RecordedFunction, green: str) -> Watched:
    """Latency and cost are compared where blue's p95 is known and both versions serve, and a hang
    is told where the time-out would tell it later.
    """
    pinned = key in record.pinned()
    own = tuple(each for each in record.metrics if each.function == key)
    watched = Watched(key, function.name, function.blue, green, pinned=pinned, metrics=own)
    before = record.before.get(key, Before())
    if before.p95_ms is None or before.requests < FEWEST_REQUESTS or not function.weighted:
        return watched
    memory = _memory_mb(function.name, green)
    same = before.memory_mb in (None, memory)
    # What is called by number gets its callers' shares, not that of its own alias.
    slow = record.bake.settle_seconds > before.hang_seconds and not pinned
    return replace(
        watched,
        slow_ms=before.p95_ms,
        costly_ms=None if same else before.p95_ms * (before.memory_mb or memory) / memory,
        hang_seconds=before.hang_seconds if slow else None,
    )


@cache
def _memory_mb(name: str, version: str) -> int:
    """A version never changes: a warm environment knows it."""
    return int(tools.functions.configuration(name, version)["MemorySize"])


def _flips(deployment: str, versions: Mapping[str, str]) -> list[Flip]:
    return [
        Flip(each["at"], each["weight"], each["function"], _share(each, versions))
        for each in tools.journal.flips(deployment)
        if "at" in each
    ]


def _share(flip: Mapping[str, Any], versions: Mapping[str, str]) -> float:
    """What a flip sends to green, which is less than its step's weight where a function waits for
    100 %.
    """
    green = versions.get(flip["function"])
    return 1.0 if flip["version"] == green else float(flip["weights"].get(green, 0))


def _see_as_shifted(record: Record, versions: Mapping[str, str], weight: int) -> None:
    """Sees that each alias serves what the step's flip left there: moved back to blue or robbed of
    its weights, it would leave a green to judge that gets no traffic. Of very many functions each
    look sees some, and less where Lambda's control plane has much else to do: flips go before.
    """
    changed, began = [each for each in record.managed() if versions[each.key] != UNCHANGED], now()
    if len(changed) > _ALIASES_A_LOOK:
        changed = sample(changed, _ALIASES_A_LOOK)
    for each in changed:
        if now() - began > _LOOKING_SECONDS:
            return
        green = versions[each.key]
        alias, left = tools.aliases.read(each.name, record.alias), target(each, green, weight)
        seen = Target(alias.version, alias.weights) if alias else None
        if seen != left:
            found = f"serves {seen}" if seen else "is gone"
            raise AliasMoved(
                f"{each.name}:{record.alias} {found}, and the shift to {weight} % left it at "
                f"{left}: somebody else moved it during the bake"
            )


class _Reading(NamedTuple):
    """The evidence, when its counts were read, and what was told since."""

    at: float
    evidence: Evidence
    heard: Heard
    stop: Mapping[str, Any] | None


def _readings(
    record: Record,
    last: Mapping[str, Any],
    watched: Sequence[Watched],
    flips: Sequence[Flip],
    made: Made,
    at: float,
) -> Iterator[_Reading]:
    """The evidence of the step's `last` look, as long as CloudWatch has nothing new, and then from
    scratch: no step is first said to end by what was read before.
    """
    shifted_at = min((flip.at for flip in flips), default=at)
    versions = {each.key: each.green for each in watched}

    def with_signs(read_at: float, evidence: Evidence) -> _Reading:
        # After the counts, so that what is told while they are read is heard.
        signals, moment = tools.journal.signals(record.deployment), Moment(at, shifted_at)
        alarms = _alarms(record, signals, shifted_at)
        said = pushed(tools, record, versions, evidence.marked, signals, moment, made.while_sent)
        evidence = made.beside(replace(evidence, alarms=alarms, pushed=said), versions)
        return _Reading(read_at, evidence, Heard.of(signals), signals.get("stop"))

    turn = partial(
        metrics_turn, stratum=record.bake.stratum_seconds, settle=record.bake.settle_seconds
    )
    if "readAt" in last and turn(last["readAt"]) == turn(at):
        yield with_signs(last["readAt"], evidence_of(last))
    yield with_signs(at, _read(record, watched, flips, at))


def _read(record: Record, watched: Sequence[Watched], flips: Sequence[Flip], at: float) -> Evidence:
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


def _alarms(
    record: Record, signals: Mapping[str, Mapping[str, Any]], shifted_at: float
) -> AlarmSigns:
    if not record.alarms:
        return AlarmSigns()
    return read_alarms(
        record.alarms,
        with_pushed(tools.alarms.states(record.alarms), signals),
        red_before=record.red_before,
        shifted_at=shifted_at,
    )


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


def _section(judgement: Judgement, decision: BakeDecision) -> Bake:
    word = "inconclusive" if decision.inconclusive else judgement.word
    return Bake(
        verdict="ask" if decision.asks else word,
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


def _facts(judgement: Judgement, section: Bake, at: float) -> dict[str, Any]:
    """The verdict's numbers: with the evidence beside them they can be judged again."""
    return {
        "at": iso(at),
        "verdict": section.verdict,
        "next": section.next,
        "waitSeconds": section.wait_seconds,
        "reason": section.reason,
        "judged": judgement.word,
        "by": judgement.by,
        "sentence": judgement.reason,
        "logEFail": judgement.log_e_fail,
        "logEPass": judgement.log_e_pass,
        "logEPassRelative": judgement.log_e_pass_relative,
        "logEPassAbsolute": judgement.log_e_pass_absolute,
        "logEBetter": judgement.log_e_better,
        "greenRequests": section.green_requests,
        "greenFailures": section.green_failures,
        "blueRequests": section.blue_requests,
        "blueFailures": section.blue_failures,
        "logESynthetic": judgement.log_e_synthetic,
        "syntheticGreenRequests": judgement.synthetic.green_requests,
        "syntheticGreenFailures": judgement.synthetic.green_failures,
        "syntheticBlueRequests": judgement.synthetic.blue_requests,
        "syntheticBlueFailures": judgement.synthetic.blue_failures,
    }


def _of_person(decision: BakeDecision, asking: Asking) -> dict[str, Any]:
    """What the step asks, and what a person decided: who, why, and from where that is known."""
    found = dict[str, Any]()
    if decision.asks:
        found["asks"] = {"following": asking.following, "until": asking.until}
    if decision.told:
        found["told"] = decision.told.facts()
    return found
