"""What the running deployment was told between two looks, and what it means.

A signal says where to look. What counts is green's version, as the deployment recorded it, and what
was logged after its first shift.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.domain.logs.counting import Window
from handlers.domain.verdict.alarms import AlarmState
from handlers.domain.verdict.burst import burst, burst_words
from handlers.domain.verdict.hanging import hang_words, hanging
from handlers.domain.verdict.new_errors import (
    Logged,
    heard_long_enough,
    new_error,
    new_error_words,
    unjudged_words,
)
from handlers.domain.verdict.push_signs import PushSigns
from handlers.domain.verdict.verdict_words import of

ERROR_BURST, NEW_ERROR, ALARM = "errorBurst", "newError", "alarm"
"""The names of the signals; an alarm's ends in its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the log of one function's green has said: short windows, errors, and by their buckets
    those that blue has logged. `marked` says that blue counts the failures it answers, `whole`
    that the log has a report of each request, and `since` (epoch seconds) from when on it is heard.
    `begun` are the windows by which a hang is told. A request that is older than `patience`
    (seconds) hangs; None where the log does not tell.
    """

    windows: Sequence[Window] = ()
    errors: Sequence[Logged] = ()
    known: frozenset[str] = frozenset()
    marked: bool = False
    whole: bool = True
    since: float | None = None
    begun: Sequence[Window] = ()
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Epoch seconds of the look, and of the first shift."""

    now: float
    shifted_at: float


def read_pushed(functions: Mapping[str, Heard], moment: Moment) -> PushSigns:
    """What follows from the logs of green's functions, by their keys."""
    bursts = list(_bursts(functions, moment.shifted_at))
    if bursts:
        return PushSigns("burst", bursts[0])
    if hang := next(_hangs(functions, moment), None):
        return PushSigns("hang", hang)
    new: list[str] = []
    told: list[str] = []
    for key, heard in sorted(functions.items()):
        if found := new_error(heard.errors, heard.known):
            long_enough = heard_long_enough(heard.since, moment.now)
            words = new_error_words if long_enough else unjudged_words
            (new if long_enough else told).append(of(key, len(functions)) + words(found))
    return PushSigns("newError", new[0], tuple(told)) if new else PushSigns(told=tuple(told))


def _bursts(functions: Mapping[str, Heard], shifted_at: float) -> Iterator[str]:
    for key, heard in sorted(functions.items()):
        if heard.whole:
            found = burst(heard.windows, since=shifted_at, answered=heard.marked)
            if found:
                yield of(key, len(functions)) + burst_words(found)


def _hangs(functions: Mapping[str, Heard], moment: Moment) -> Iterator[str]:
    for key, heard in sorted(functions.items()):
        if heard.patience is not None:
            found = hanging(
                heard.begun, since=moment.shifted_at, now=moment.now, patience=heard.patience
            )
            if found:
                yield of(key, len(functions)) + hang_words(found)


def with_pushed(
    states: Mapping[str, AlarmState], signals: Mapping[str, Mapping[str, Any]]
) -> dict[str, AlarmState]:
    """The alarms' states with those that went red between two looks and are so no more; one that
    is gone stays gone.
    """
    went_red = {
        each["arn"]: AlarmState(red=True, since=each["since"])
        for name, each in signals.items()
        if name.partition("#")[0] == ALARM
    }
    return {arn: state if state.red else went_red.get(arn, state) for arn, state in states.items()}
