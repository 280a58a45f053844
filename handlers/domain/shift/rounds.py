"""How often a step is observed, and what that costs of an execution's 25,000 history events."""

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


def observe_seconds(age_seconds: float, stratum_seconds: int) -> int:
    """How long to wait before looking at a step again that began `age_seconds` ago.

    10 s while it is younger than 5 minutes, 30 s until 15, then 60; never longer than the
    stratum where that is shorter than 10 s.
    """
    wait = 10 if age_seconds < 300 else 30 if age_seconds < 900 else 60
    return min(wait, max(1, stratum_seconds)) if stratum_seconds < 10 else wait


def history_events(
    plan: ShiftPlan, stratum_seconds: int, *, database: bool, extensions: int = 1, hooks: int = 0
) -> int:
    """How many history events a deployment by this plan costs at most, every step extended; `hooks`
    are those of its hooks.

    A step is observed until its minutes are over, `extensions` times more if no verdict is reached.
    """
    events = hooks + EVENTS_BESIDES + (EVENTS_OF_MIGRATING if database else 0)
    for step in plan.steps:
        seconds = step.minutes * 60 * (1 + extensions)
        events += EVENTS_OF_A_STEP + EVENTS_OF_A_ROUND * rounds(seconds, stratum_seconds)
    return events


def rounds(seconds: float, stratum_seconds: int) -> int:
    """How often is looked, at that pace, in so many seconds."""
    rounds, begin = 1, 0.0
    for end in (300.0, 900.0, seconds):
        if begin < seconds:
            part = min(end, seconds) - begin
            rounds += -int(-part // observe_seconds(begin, stratum_seconds))
            begin = end
    return rounds


def metrics_turn(at: float, *, stratum: int, settle: float) -> int:
    """The turn of the metrics at the epoch second `at`: they are read once in each. One lasts a
    minute, or a stratum where that is shorter, and begins when a stratum has settled.
    """
    return int((at - settle) // min(METRICS_SECONDS, stratum))


def readings(seconds: float, stratum_seconds: int) -> int:
    """How often the metrics are read at most in the rounds of so many seconds."""
    turns = 1 - int(-seconds // min(METRICS_SECONDS, stratum_seconds))
    return min(rounds(seconds, stratum_seconds), turns + ENDS_OF_A_STEP)
