"""A release laid out with what is known before its shift: blue's record, by which the bake judges,
and the alarms that watch it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.adapters.blue_metrics import start_of_record
from handlers.adapters.clock import now
from handlers.adapters.metrics import Watched
from handlers.domain.document import Document
from handlers.domain.hotfix import Hotfix
from handlers.domain.record import Record
from handlers.domain.registration.preflight import FunctionFacts
from handlers.domain.registration.registration import Registration
from handlers.domain.request.request import Request
from handlers.domain.shift.polling import polling
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.verdict.alarms import foreseen
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.metric_record import foreseen as foreseen_of
from handlers.domain.verdict.red import red_functions, unmeasured
from handlers.planning.apart import apart
from handlers.planning.consumers import with_consumers
from handlers.planning.heard import with_heard
from handlers.planning.hotfix import look_at_blue
from handlers.planning.lay_out import lay_out
from handlers.planning.resolve import Resolved

if TYPE_CHECKING:
    from handlers.adapters.metrics import Metrics
    from handlers.adapters.tools import Tools


_HOUR, _DAY = 3600, 24 * 3600


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
    end = now()
    spans, begins = apart(tools, document.service, since=start_of_record(end), end=end)
    before = metrics.before(blues, end=end, apart=spans)
    peers = {peer for each in registration.functions.values() for peer in each.calls.values()}
    if pinned := {key: blues[key] for key in blues.keys() & peers}:
        numbered = metrics.before(pinned, end=now(), numbered=True)
        before |= {key: max(before[key], each, key=_requests) for key, each in numbered.items()}
    marked = metrics.instrumented(blues, end=now())
    unmarked = sorted(
        key
        for key, each in registration.functions.items()
        if each.kind == "entry" and key not in marked
    )
    states = tools.alarms.states(registration.alarms) if registration.alarms else {}
    hotfix: Hotfix | None = None
    notes: list[str] = []
    if resolved.hotfix is not None and resolved.bundle is not None:
        settings = resolved.bundle.release.bake
        hotfix, note = look_at_blue(tools, resolved.hotfix, registration, blues, states, settings)
        notes.append(note)
    record = lay_out(
        document, request, registration, resolved, facts, live, before, unmarked, hotfix, begins
    )
    notes += [record.note, _price(metrics, record), *foreseen(registration.alarms, states)]
    notes += _told_of_metrics(metrics, registration, blues)
    if registration.alarms:
        tools.heard.watch(record.service, registration.alarms)
    record = replace(
        record,
        alarms=registration.alarms,
        red_before=tuple(arn for arn, state in states.items() if state.red),
        before=dict(unmeasured(record.before, red_functions(hotfix, registration.metrics))),
        note=". ".join(notes),
    )
    if resolved.bundle is not None:
        release = resolved.bundle.release
        record = with_consumers(tools, record, registration, release, facts)
    return with_heard(tools, record, facts)


def _price(metrics: "Metrics", record: Record) -> str:
    """What the polling of all functions costs at most: latency and cost compared where they can."""
    watched = [
        Watched(
            key,
            each.name,
            each.blue,
            green="",
            slow_ms=record.before[key].p95_ms if each.weighted else None,
            costly_ms=record.before[key].p95_ms,
            pinned=key in record.pinned(),
            metrics=tuple(own for own in record.metrics if own.function == key),
        )
        for key, each in record.functions.items()
    ]
    return polling(
        parse_shift_plan(record.shift_plan),
        record.bake.stratum_seconds,
        metrics_a_reading=metrics.asked(watched),
        extensions=1 if record.bake.inconclusive == "extend" else 0,
        asked=record.bake.asked_seconds,
    ).sentence(hooks=bool(record.hooks))


def _requests(before: Before) -> int:
    return before.requests


def _told_of_metrics(
    metrics: "Metrics", registration: Registration, blues: Mapping[str, tuple[str, str]]
) -> list[str]:
    """What the plan says of the service's own metrics."""
    if not registration.metrics:
        return []
    versions = {key: blue for key, (_, blue) in blues.items()}
    at = now()
    found = metrics.metric_records(
        registration.metrics, versions, start=at - at % _HOUR - _DAY, end=at, period=_HOUR
    )
    return foreseen_of(registration.metrics, found)
