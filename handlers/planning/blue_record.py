"""A release laid out with what is known before its shift: blue's record, by which the bake judges,
and the alarms that watch it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import now
from handlers.domain.document import Document
from handlers.domain.record import Record
from handlers.domain.registration.preflight import FunctionFacts
from handlers.domain.registration.registration import Registration
from handlers.domain.request.request import Request
from handlers.domain.verdict.alarms import foreseen
from handlers.planning.lay_out import lay_out
from handlers.planning.resolve import Resolved

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def lay_out_with_blue(
    tools: "Tools",
    document: Document,
    request: Request,
    registration: Registration,
    resolved: Resolved,
    facts: Mapping[str, FunctionFacts],
    live: Mapping[str, Any] | None,
) -> Record:
    """The record, with what blue did in the last hours, by which the bake will be judged."""
    blues = {key: (each.name, str(each.blue)) for key, each in facts.items()}
    metrics = tools.metrics(document.service, registration.alias)
    before = metrics.before(blues, end=now())
    marked = metrics.instrumented(blues, end=now())
    unmarked = sorted(
        key
        for key, each in registration.functions.items()
        if each.kind == "entry" and key not in marked
    )
    record = lay_out(document, request, registration, resolved, facts, live, before, unmarked)
    return _with_alarms(tools, record, registration)


def _with_alarms(tools: "Tools", record: Record, registration: Registration) -> Record:
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
