"""ShiftTraffic: every function of the service to the next step's weight, consumers first and
entries last.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.functions.flips import Flipped, Order
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.ledger.dead_letters import Counts
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.messages import UNCHANGED, Traffic
from handlers.domain.record import Record
from handlers.domain.shift.shift_plan import Step, parse_shift_plan
from handlers.domain.shift.traffic import FLIPS_A_STEP, Managed, description, target, way_up
from handlers.giving_way import heed_stop

tools = Tools()
_COUNT_SECONDS = 5


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `traffic` out."""
    return answer(shift_traffic, event, log=logger, context=context)


def shift_traffic(document: Document) -> Traffic:
    """Moves every changed function to the step's weight, rank by rank; a flip made already is
    found, not repeated.

    The next step follows from the last one that Bake judged. Raises ToldToStop before it moves
    anything where a person said so. What else fails is raised after the other
    flips of its rank were waited for; RollBack knows from the journal which were begun.
    """
    planned, versions = document.planned, document.published.versions
    claim = tools.claims.held_by(document.execution, document.service)
    heed_stop(tools, planned.id)
    record = decode(Record, tools.journal.deployment(planned.id))
    steps = parse_shift_plan(record.shift_plan).steps
    number = _step(document)
    step = steps[number - 1]
    tools.journal.began(planned.id, "ShiftTraffic", iso(now()))
    if number == 1:
        _count_dead_letters(record)

    changed = [each for each in record.managed() if versions[each.key] != UNCHANGED]
    flips: list[Flipped] = []
    for rank in way_up(changed):
        orders = [_order(claim, record, each, versions[each.key], steps, number) for each in rank]
        _journal(planned.id, number, step.weight, orders, changed)
        done = tools.flips.flip_all(claim, orders)
        _journal(planned.id, number, step.weight, orders, changed, done)
        flips += done
    ats = [flip.at for flip in flips]
    moved = Traffic(
        step=number,
        steps=len(steps),
        weight=step.weight,
        at=iso(max(ats, default=now())),
        flips=len(flips),
        skew_ms=round((max(ats, default=0) - min(ats, default=0)) * 1000, 1),
    )
    tools.journal.ended(planned.id, "ShiftTraffic", iso(now()), encode(moved))
    return moved


def _count_dead_letters(record: Record) -> None:
    """Notes how full the dead-letter queues are before the first flip, for who goes back and wants
    to know what came since. What cannot be counted soon does not hold the shift up.
    """
    if not record.dead_letters or tools.dead_letters.of_deployment(record.deployment):
        return
    at = iso(now())
    before = tools.queues.counts(
        (each.queue for each in record.dead_letters), within_seconds=_COUNT_SECONDS
    )
    tools.dead_letters.note(
        Counts(
            service=record.service,
            deployment=record.deployment,
            at=at,
            queues=record.dead_letters,
            before=before,
        )
    )


def _step(document: Document) -> int:
    """The step to take, from 1: the one after the last that was judged, or again the one whose
    answer was lost.
    """
    return 1 if document.traffic is None else document.traffic.step + 1


def _order(
    claim: Claim,
    record: Record,
    function: Managed,
    green: str,
    steps: Sequence[Step],
    step: int,
) -> Order:
    """One alias, from the step before to this one: who has put it back meanwhile is heeded."""
    weights = [0, *(each.weight for each in steps)]
    return Order(
        function=function,
        alias=record.alias,
        target=target(function, green, weights[step]),
        ours=None,
        before=target(function, green, weights[step - 1]),
        description=description(record.service, claim.token, record.deployment, step),
    )


def _journal(
    deployment: str,
    step: int,
    weight: int,
    orders: list[Order],
    changed: list[Managed],
    done: list[Flipped] | None = None,
) -> None:
    """Writes each flip before it, as an intent, and after it, with its time."""
    known = {flip["number"] for flip in tools.journal.flips(deployment) if "at" in flip}
    for position, order in enumerate(orders):
        number = step * FLIPS_A_STEP + changed.index(order.function)
        if number in known and (done is None or done[position].found):
            continue  # made by a try whose answer was lost: the time of that one is the true one
        facts: dict[str, Any] = {
            "function": order.function.key,
            "step": step,
            "weight": weight,
            "version": order.target.version,
            "weights": dict(order.target.weights),
        }
        if done is not None:
            made = done[position]
            facts |= {"at": made.at, "found": made.found, "revision": made.revision}
        tools.journal.flip(deployment, number, facts)
