"""Which hooks are due, when one that is in progress is asked again, and when its time is over."""

import math
from collections.abc import Mapping

from handlers.domain.hooks.hook import Hook, Point
from handlers.domain.shift.rounds import EVENTS_OF_A_ROUND, observe_seconds, rounds
from handlers.domain.shift.shift_steps import ShiftPlan

DEFAULT_DELAY = 30
"""Seconds, as of Amazon ECS."""
LONGEST_UNHEEDED = 300
EVENTS_OF_A_LOOK = 7
"""RunHooks with its choice."""
_SPREAD = 10
_FIRST_CALLS = 80
"""More than there are until every call is a pause of `LONGEST_UNHEEDED` away from the next."""


def points_due(*, step: int, last: bool, finalizing: bool) -> tuple[Point, ...]:
    """The points that have been reached and concern the traffic as it is, in their order; `step` is
    0 before any traffic.
    """
    if not step:
        return ("beforeShift",)
    points: tuple[Point, ...] = ("afterStep",)
    if last or finalizing:
        points += ("afterShift",)
    return (*points, "beforeFinalize") if finalizing else points


def next_call(
    *, now: float, started: float, delay: float, timeout_seconds: float, stratum_seconds: int
) -> float:
    """When a hook that is in progress is asked again: after its own delay, but not more often than
    a step is observed, nor than every tenth of the time that it has taken so far, since each call
    costs history events. The last call is at the end of its time.
    """
    age = now - started
    pause = max(delay, observe_seconds(age, stratum_seconds), age / _SPREAD)
    return min(now + pause, started + timeout_seconds)


def wait_seconds(*, now: float, due: float, started: float, stratum_seconds: int | None) -> int:
    """How long to wait for the next look: while green has traffic no longer than the bake would,
    else (`stratum_seconds` is None) no longer than a stop may go unheeded.
    """
    longest = (
        LONGEST_UNHEEDED
        if stratum_seconds is None
        else observe_seconds(now - started, stratum_seconds)
    )
    return max(1, min(math.ceil(due - now), longest))


def events_of_hooks(hooks: Mapping[str, Hook], plan: ShiftPlan, stratum_seconds: int) -> int:
    """How many history events hooks add to those of the plan, when each takes all of its time. A
    step's own rounds go on while its hook is waited for, and are not counted again.
    """
    events = 0
    for point, hook in hooks.items():
        looks = rounds(hook.timeout_seconds, stratum_seconds)
        if point == "beforeShift":
            events += EVENTS_OF_A_ROUND * (_FIRST_CALLS + hook.timeout_seconds // LONGEST_UNHEEDED)
        elif point == "afterStep":
            own = (rounds(step.minutes * 60, stratum_seconds) for step in plan.steps)
            events += sum(
                EVENTS_OF_A_LOOK * looks + EVENTS_OF_A_ROUND * max(0, looks - each) for each in own
            )
        else:
            events += (EVENTS_OF_A_LOOK + EVENTS_OF_A_ROUND) * looks
    return events
