"""Which functions' logs are sent to Greenshift, and what the plan says of the others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.domain.logs.subscribed import unheard
from handlers.domain.record import Record
from handlers.domain.registration.preflight import FunctionFacts

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def with_heard(tools: "Tools", record: Record, facts: Mapping[str, FunctionFacts]) -> Record:
    """The record with the functions that are heard, and a sentence on those that are not."""
    groups = {each.log_group for each in facts.values()}
    known = {group: tools.subscriptions.of(group) for group in sorted(groups)}
    found = {
        key: replace(known[each.log_group], whole=each.logs_reports) for key, each in facts.items()
    }
    return replace(
        record,
        heard={key: each.whole for key, each in found.items() if each.ours},
        note=". ".join([record.note, *unheard(found)]),
    )
