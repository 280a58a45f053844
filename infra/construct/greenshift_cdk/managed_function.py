"""A function of the user's own stack that Greenshift is to release."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from aws_cdk import RemovalPolicy, Tags, Token
from aws_cdk import aws_lambda as lambda_

from greenshift_cdk.names import SERVICE_TAG

Kind = Literal["entry", "consumer", "internal"]


@dataclass(frozen=True, slots=True)
class ManagedFunction:
    """A Lambda function and how it is called.

    `entry` is called from outside (HTTP, SDK), `consumer` by a queue, stream or asynchronously,
    `internal` by other functions of the same service. `log_subscription` sends what its log says of
    failures to Greenshift, where the function has a log group of the stack's own. `calls` has, by
    environment variable, the key of the internal function whose version Greenshift writes into it,
    so that green calls green and blue calls blue.
    """

    function: lambda_.Function
    kind: Kind
    calls: Mapping[str, str] = field(default_factory=dict)
    log_subscription: bool = True

    def registered(self, name: str) -> dict[str, Any]:
        """What the registration says of it."""
        calls = {"calls": dict(self.calls)} if self.calls else {}
        return {"name": name, "kind": self.kind, **calls}

    def name_in(self, service: str, key: str) -> str:
        """Lambda's name for the function; raises ValueError unless the stack gives it explicitly.

        A generated name would let CloudFormation replace the function, which is a release of all
        its traffic at once, outside of any deployment.
        """
        if self.kind not in get_args(Kind):
            raise ValueError(
                f'function "{key}" of service "{service}" has the kind "{self.kind}"; '
                "use entry, consumer or internal"
            )
        resource = self.function.node.default_child
        name = resource.function_name if isinstance(resource, lambda_.CfnFunction) else None
        if not name or Token.is_unresolved(name):
            raise ValueError(
                f'function "{key}" of service "{service}" has no name of its own; '
                "give it function_name, because a generated name lets CloudFormation replace it"
            )
        return name

    def hand_over(self, service: str) -> None:
        """Tags the function as the service's and keeps it when the stack lets go of it."""
        Tags.of(self.function).add(
            SERVICE_TAG, service, include_resource_types=["AWS::Lambda::Function"]
        )
        self.function.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
