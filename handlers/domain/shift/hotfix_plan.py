"""The shift plan of a hotfix while blue is red."""

import math

from handlers.domain.shift.shift_steps import ShiftPlan, Step

HOTFIX_STEP_MINUTES = 5
HOTFIX_MIN_MINUTES = 1.0
"""After so long a step of it may end at pass."""


def shortened(plan: ShiftPlan, stratum_seconds: int, settle_seconds: float) -> ShiftPlan:
    """Half of the traffic for five minutes, where both versions tell most of each other, then all:
    or longer, where no stratum would settle in that time. All at once stays so. A plan that is no
    longer anyway is kept.
    """
    first_verdict = math.ceil((settle_seconds + 2 * stratum_seconds) / 60) + 1
    minutes = max(HOTFIX_STEP_MINUTES, first_verdict)
    weights = (100,) if plan.is_all_at_once else (50, 100)
    if sum(step.minutes for step in plan.steps) <= minutes * len(weights):
        return plan
    return ShiftPlan(tuple(Step(weight, minutes) for weight in weights))
