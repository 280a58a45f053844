"""What a look of the bake reads: CloudWatch's counts and alarms, and what was told meanwhile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from handlers.adapters.metrics import Watched
from handlers.baking.pushed import pushed
from handlers.baking.synthetic import Made
from handlers.domain.asking.told import Heard
from handlers.domain.record import Record
from handlers.domain.shift.rounds import metrics_turn
from handlers.domain.verdict.alarms import AlarmSigns, read_alarms
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_of
from handlers.domain.verdict.gather import gather_evidence
from handlers.domain.verdict.pushed import Moment, with_pushed
from handlers.domain.verdict.when import Flip

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


class Reading(NamedTuple):
    """The evidence, when its counts were read, and what was told since."""

    at: float
    evidence: Evidence
    heard: Heard
    stop: Mapping[str, Any] | None


def readings(
    tools: "Tools",
    record: Record,
    last: Mapping[str, Any],
    watched: Sequence[Watched],
    flips: Sequence[Flip],
    made: Made,
    at: float,
) -> Iterator[Reading]:
    """The evidence of the step's `last` look, as long as CloudWatch has nothing new, and then from
    scratch: no step is first said to end by what was read before.
    """
    shifted_at = min((flip.at for flip in flips), default=at)
    versions = {each.key: each.green for each in watched}

    def with_signs(read_at: float, evidence: Evidence) -> Reading:
        # After the counts, so that what is told while they are read is heard.
        signals, moment = tools.journal.signals(record.deployment), Moment(at, shifted_at)
        alarms = _alarms(tools, record, signals, shifted_at)
        said = pushed(tools, record, versions, evidence.marked, signals, moment, made.while_sent)
        evidence = made.beside(replace(evidence, alarms=alarms, pushed=said), versions)
        return Reading(read_at, evidence, Heard.of(signals), signals.get("stop"))

    turn = partial(
        metrics_turn, stratum=record.bake.stratum_seconds, settle=record.bake.settle_seconds
    )
    if "readAt" in last and turn(last["readAt"]) == turn(at):
        yield with_signs(last["readAt"], evidence_of(last))
    yield with_signs(at, _read(tools, record, watched, flips, at))


def _read(
    tools: "Tools", record: Record, watched: Sequence[Watched], flips: Sequence[Flip], at: float
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


def _alarms(
    tools: "Tools", record: Record, signals: Mapping[str, Mapping[str, Any]], shifted_at: float
) -> AlarmSigns:
    if not record.alarms:
        return AlarmSigns()
    return read_alarms(
        record.alarms,
        with_pushed(tools.alarms.states(record.alarms), signals),
        red_before=record.red_before,
        shifted_at=shifted_at,
    )
