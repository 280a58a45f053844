"""What Bake makes of the signals: where one says so it reads what green's log has said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.domain.logs.counting import WINDOW_SECONDS
from handlers.domain.record import Record
from handlers.domain.verdict.hanging import LEAST_SECONDS
from handlers.domain.verdict.new_errors import NEW_AFTER
from handlers.domain.verdict.push_signs import PushSigns
from handlers.domain.verdict.pushed import ERROR_BURST, NEW_ERROR, Heard, Moment, read_pushed

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_LOOKED_BACK = 300.0
"""Seconds: longer than a bake waits between two looks."""


def pushed(
    tools: "Tools",
    record: Record,
    versions: Mapping[str, str],
    marked: Collection[str],
    signals: Mapping[str, Mapping[str, Any]],
    moment: Moment,
    while_sent: Mapping[str, Sequence[tuple[float, float]]],
) -> PushSigns:
    """What the logs of these versions of green, by their functions' keys, say at the moment. Blue
    of those that are `marked` counts the failures it answers. Windows in which synthetic requests
    were made, `while_sent` by function, say nothing of failures and beginnings: their lines are
    like any other's, and they are judged by themselves. What ended in them may have begun before.

    Without a signal errors are not read, and windows only where they may tell a hang. Safe to
    repeat: it is judged from what is counted by then.
    """
    versions = {key: version for key, version in versions.items() if key in record.heard}
    signalled = bool(signals.keys() & {ERROR_BURST, NEW_ERROR})
    patience = max(record.hangs.values(), default=0.0)
    may_hang = record.hangs.keys() & versions and moment.now - moment.shifted_at > LEAST_SECONDS
    if not versions or not (signalled or may_hang):
        return PushSigns()
    first = max(moment.now - max(_LOOKED_BACK, 2 * patience), moment.shifted_at)
    windows = tools.heard.windows(record.deployment, versions, first=first, last=moment.now)
    errors = tools.heard.errors(record.deployment, versions) if signalled else {}
    functions = {}
    for key in versions:
        spans = while_sent.get(key, ())
        often = [each for each in errors.get(key, ()) if each.count >= NEW_AFTER]
        buckets = {each.error.bucket for each in often}
        functions[key] = Heard(
            windows=[each for each in windows[key] if not _within(each.start, spans)],
            begun=[
                replace(each, started=0) if _within(each.start, spans) else each
                for each in windows[key]
            ],
            errors=often,
            known=tools.heard.known(record.service, key, buckets, moment.now),
            marked=key in marked,
            whole=record.heard[key],
            since=tools.heard.since(record.service, key) if often else None,
            patience=record.hangs.get(key),
        )
    return read_pushed(functions, moment)


def _within(start: int, spans: Sequence[tuple[float, float]]) -> bool:
    """Whether a window meets one of the spans, give or take another window for what clocks differ
    by.
    """
    return any(
        start < ended + WINDOW_SECONDS and start + 2 * WINDOW_SECONDS > began
        for began, ended in spans
    )
