"""How many calls a second Greenshift's deployments make of Lambda's control plane, all together."""

import math

from constructs import IConstruct
from greenshift_cdk.platform import Platform

from handlers.domain.budget.budget import FEWEST, MOST, QUOTA, RATE

CONTEXT = "greenshift:lambdaRate"


def lambda_rate(scope: IConstruct, platform: Platform) -> float:
    """What the app's context says, else 10 of the 15 that an account has. Raises ValueError for
    what is no rate, or more than AWS takes: the embedded environment takes any.
    """
    given = scope.node.try_get_context(CONTEXT)
    if given is None:
        return RATE
    most = MOST if platform.name == "aws" else math.inf
    try:
        rate = float(str(given))
    except (TypeError, ValueError):
        rate = 0.0
    if not FEWEST <= rate <= most:
        raise ValueError(
            f'the context value {CONTEXT} is "{given}"; set it to a number from {FEWEST:.0f} to '
            f"{MOST:.0f}, of the {QUOTA} calls a second that Lambda takes of an account, or leave "
            f"it out for {RATE:.0f}"
        )
    return rate
