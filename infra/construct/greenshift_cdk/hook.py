"""A function of the user's that is asked whether a deployment may go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from aws_cdk import Duration, Tags
from aws_cdk import aws_lambda as lambda_

from greenshift_cdk.names import HOOK_TAG

HookPoint = Literal["beforeShift", "afterStep", "afterShift", "beforeFinalize"]
_LONGEST_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A Lambda function that answers as a lifecycle hook of Amazon ECS does.

    function: gets the tag `greenshift:hook`, without which Greenshift may not call it; one that
    the app only refers to must have it already. timeout: for how long it may answer IN_PROGRESS at
    one point, one day at most (default: 30 minutes); then the deployment goes back to blue.
    """

    function: lambda_.IFunction
    timeout: Duration | None = None


def register_hooks(service: str, hooks: Mapping[HookPoint, Hook]) -> dict[str, Any]:
    """The `hooks` of the registration, after each function has its tag. Raises ValueError for what
    is no point or no time-out.
    """
    found: dict[str, Any] = {}
    for point, hook in hooks.items():
        if point not in get_args(HookPoint):
            raise ValueError(
                f'service "{service}" has a hook at "{point}"; use {", ".join(get_args(HookPoint))}'
            )
        seconds = (hook.timeout or Duration.minutes(30)).to_seconds()
        if not 1 <= seconds <= _LONGEST_SECONDS:
            raise ValueError(
                f'the hook at {point} of service "{service}" has a time-out of {seconds:g} s; '
                f"use one second to one day"
            )
        Tags.of(hook.function).add(
            HOOK_TAG, service, include_resource_types=["AWS::Lambda::Function"]
        )
        found[point] = {
            "function": hook.function.function_arn,
            "timeoutSeconds": int(seconds),
        }
    return found
