"""How many of Lambda's 15 calls a second are whose.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests
"""

QUOTA = 15
"""Calls a second of the account and region, all operations together but those below."""
RATE = 10.0
"""Of these for deployments, where the owner says nothing: CloudFormation needs some too."""
FIRST_RATE = 14.0
"""Of these for rollbacks, before all others."""
THROTTLED_SECONDS = 1.0
"""How long deployments hold back for each call that Lambda throttles: others take more of the quota
than they were left.
"""
FEWEST, MOST = 1.0, FIRST_RATE
"""Between them is what an owner may set for deployments."""

_OTHER_QUOTAS = frozenset(
    {"GetFunction", "GetPolicy", "Invoke", "InvokeAsync", "InvokeWithResponseStream"}
)
"""GetFunction has 100 calls a second and GetPolicy 15, which Plan makes after five others. What
invokes is no control plane."""


def is_counted(operation: str) -> bool:
    """Whether the operation of Lambda's API is one of those that share the quota."""
    return operation not in _OTHER_QUOTAS
