"""A function of the user's own stack that Greenshift is to release."""

from dataclasses import dataclass
from typing import Literal, get_args

from aws_cdk import RemovalPolicy, Tags, Token
from aws_cdk import aws_lambda as lambda_

from greenshift_cdk.names import SERVICE_TAG

Kind = Literal["entry", "consumer", "internal"]


@dataclass(frozen=True, slots=True)
class ManagedFunction:
    """A Lambda function and how it is called.

    `entry` is called from outside (HTTP, SDK), `consumer` by a queue, stream or asynchronously,
    `internal` by other functions of the same service.
    """

    function: lambda_.Function
    kind: Kind

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
