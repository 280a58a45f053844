"""How often a step is observed, and what that costs of an execution's 25,000 history events."""

from collections.abc import Callable, Sequence
from functools import partial

from handlers.domain.schema.backfill.pace import slices
from handlers.domain.shift.shift_steps import ShiftPlan

METRICS_SECONDS = 60
"""CloudWatch has new counts of Lambda once a minute."""
ENDS_OF_A_STEP = 3
"""Moments at which it is decided: its least minutes, its minutes, and those of its extension."""
HISTORY_EVENTS_LIMIT = 15_000
EVENTS_OF_A_ROUND = 9
"""Wait 2, Lambda task 5, Choice 2."""
EVENTS_OF_A_STEP = 2 * EVENTS_OF_A_ROUND + 7
"""Shifting, the choice that led to it, and RunHooks with its choice."""
EVENTS_BESIDES = 250
"""Every other state once, the way back, and a few retries of each."""
EVENTS_OF_A_SLICE = 7
"""Lambda task 5, Choice 2."""
EVENTS_OF_MIGRATING = 500 + EVENTS_OF_A_SLICE * slices(86_400)
"""Retries while a lock is taken, and a backfill of a day. One of a week, the machine's time-out,
stays below the 25,000 events at which Step Functions ends an execution.
"""

_ASKED = (60.0, 600.0, 3600.0)
"""Ages of a question at which it is looked at less often."""


def observe_seconds(age_seconds: float, stratum_seconds: int) -> int:
    """How long to wait before looking at a step again that began `age_seconds` ago.

    10 s while it is younger than 5 minutes, 30 s until 15, then 60; never longer than the
    stratum where that is shorter than 10 s.
    """
    wait = 10 if age_seconds < 300 else 30 if age_seconds < 900 else 60
    return min(wait, max(1, stratum_seconds)) if stratum_seconds < 10 else wait


def asked_seconds(asked_for: float, stratum_seconds: int) -> int:
    """How long to wait before looking again at a step that asks a person since `asked_for` seconds.

    As a young step in the first minute, 20 s while it is younger than 10 minutes, then 60, and 120
    from an hour on: what people are told is how late an answer may be heard.
    """
    if asked_for < _ASKED[0]:
        return observe_seconds(0, stratum_seconds)
    return 20 if asked_for < _ASKED[1] else 60 if asked_for < _ASKED[2] else 120


def history_events(
    plan: ShiftPlan,
    stratum_seconds: int,
    *,
    database: bool,
    extensions: int = 1,
    hooks: int = 0,
    asked: float = 0,
) -> int:
    """How many history events a deployment by this plan costs at most, every step extended; `hooks`
    are those of its hooks, `asked` the seconds for which each step may ask a person.

    A step is observed until its minutes are over, `extensions` times more if no verdict is reached.
    """
    events = hooks + EVENTS_BESIDES + (EVENTS_OF_MIGRATING if database else 0)
    for step in plan.steps:
        seconds = step.minutes * 60 * (1 + extensions)
        looks = rounds(seconds, stratum_seconds) + asked_rounds(asked, stratum_seconds)
        events += EVENTS_OF_A_STEP + EVENTS_OF_A_ROUND * looks
    return events


def rounds(seconds: float, stratum_seconds: int) -> int:
    """How often is looked, at that pace, in so many seconds."""
    return 1 + _looks(
        seconds, (300.0, 900.0), partial(observe_seconds, stratum_seconds=stratum_seconds)
    )


def asked_rounds(seconds: float, stratum_seconds: int) -> int:
    """How often is looked at a step that asks a person for so many seconds; never where it is 0."""
    return _looks(seconds, _ASKED, partial(asked_seconds, stratum_seconds=stratum_seconds))


def _looks(seconds: float, changes: Sequence[float], pace: Callable[[float], int]) -> int:
    looks, begin = 0, 0.0
    for end in (*changes, seconds):
        if begin < seconds:
            looks += -int(-(min(end, seconds) - begin) // pace(begin))
            begin = end
    return looks


def metrics_turn(at: float, *, stratum: int, settle: float) -> int:
    """The turn of the metrics at the epoch second `at`: they are read once in each. One lasts a
    minute, or a stratum where that is shorter, and begins when a stratum has settled.
    """
    return int((at - settle) // min(METRICS_SECONDS, stratum))


def readings(seconds: float, stratum_seconds: int, *, asked: float = 0) -> int:
    """How often the metrics are read at most in the rounds of so many seconds, and of those for
    which it asks.
    """
    turns = 1 - int(-(seconds + asked) // min(METRICS_SECONDS, stratum_seconds))
    looks = rounds(seconds, stratum_seconds) + asked_rounds(asked, stratum_seconds)
    return min(looks, turns + ENDS_OF_A_STEP)
