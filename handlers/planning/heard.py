"""Which functions' logs are sent to Greenshift, and what the plan says of what they tell."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.domain.logs.subscribed import unheard
from handlers.domain.record import Record
from handlers.domain.registration.preflight import FunctionFacts
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.domain.verdict.before import FEWEST_REQUESTS, Before
from handlers.domain.verdict.hanging import Hangable, by_log, foreseen

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def with_heard(tools: "Tools", record: Record, facts: Mapping[str, FunctionFacts]) -> Record:
    """The record with the functions that are heard, and a sentence on those that are not."""
    groups = {each.log_group for each in facts.values()}
    known = {group: tools.subscriptions.of(group) for group in sorted(groups)}
    found = {
        key: replace(known[each.log_group], whole=each.logs_reports) for key, each in facts.items()
    }
    heard = {key: each.whole for key, each in found.items() if each.ours}
    watched = {
        key: Hangable(
            timeout_seconds=facts[key].timeout_seconds,
            before=record.before.get(key, Before()),
            by_log=heard.get(key, False) and each.starts and facts[key].logs_starts,
            by_share=_by_share(record, key),
        )
        for key, each in found.items()
    }
    return replace(
        record,
        heard=heard,
        hangs=by_log(watched),
        note=". ".join([record.note, *unheard(found), *foreseen(watched)]),
    )


def _by_share(record: Record, key: str) -> float | None:
    """The age from which on green's share tells a hang, as Bake will judge it."""
    before = record.before.get(key, Before())
    shared = any(step.weight < 100 for step in parse_shift_plan(record.shift_plan).steps)
    known = before.p95_ms is not None and before.requests >= FEWEST_REQUESTS
    slow = record.bake.settle_seconds > before.hang_seconds and key not in record.pinned()
    weighted = shared and record.functions[key].weighted
    return before.hang_seconds if known and slow and weighted else None
