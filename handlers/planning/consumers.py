"""How messages reach the service's functions, what would become of those that green fails on, and
in which queues they would end.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.domain.consumers.dead_letters import together
from handlers.domain.consumers.foresee import Consumer, dead_letters_of, warnings
from handlers.domain.record import Record
from handlers.domain.registration.preflight import FunctionFacts
from handlers.domain.registration.registration import Registration
from handlers.domain.release.release import Release
from handlers.domain.shift.shift_plan import parse_shift_plan

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def with_consumers(
    tools: "Tools",
    record: Record,
    registration: Registration,
    release: Release,
    facts: Mapping[str, FunctionFacts],
) -> Record:
    """The record with the service's dead-letter queues, and what is to be said of its messages. It
    refuses nothing, and goes on where a queue cannot be read.
    """
    feeding = {
        source.arn
        for each in facts.values()
        for source in each.sources
        if source.is_queue and source.qualifier == registration.alias
    }
    queues = tools.queues.facts(feeding) if feeding else {}
    weight = max((s.weight for s in parse_shift_plan(record.shift_plan).steps[:-1]), default=0)
    found = []
    for key, each in sorted(facts.items()):
        source = release.functions.get(key)
        own = source.configuration.timeout_seconds if source else None
        called = registration.functions[key].kind == "consumer" and not any(
            each.qualifier == registration.alias for each in each.sources
        )
        found.append(
            Consumer(
                key=key,
                name=each.name,
                alias=registration.alias,
                timeout_seconds=own or each.timeout_seconds,
                weight=weight if record.functions[key].weighted else 0,
                sources=tuple(each.sources),
                queues=queues,
                calls=tools.async_calls.of(each.name, registration.alias) if called else None,
                dead_letters=each.dead_letters if called else None,
            )
        )
    told = [line for each in found for line in warnings(each)]
    letters = together(letters for each in found for letters in dead_letters_of(each))
    return replace(record, dead_letters=letters, note=". ".join([record.note, *told]))
