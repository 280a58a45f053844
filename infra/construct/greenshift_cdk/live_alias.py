"""An alias of one function that is Greenshift's: never moved by CloudFormation."""

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from greenshift_cdk.names import ALIAS
from greenshift_cdk.owned_alias import OwnedAlias


class LiveAlias(Construct):
    """A custom resource instead of `AWS::Lambda::Alias`.

    Drift-reverting deploys, `--hotswap` or a rolled back stack would move a template's alias, and
    with it all traffic. The resource adopts an alias that exists and does nothing on updates.

    name: `live`, or `preview`, which begins at what the alias `beside` it serves and adopts none.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.Function,
        service: str,
        service_token: str,
        name: str = ALIAS,
        beside: lambda_.IAlias | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        owned = CustomResource(
            self,
            "Resource",
            resource_type=f"Custom::Greenshift{name.title()}Alias",
            service_token=service_token,
            service_timeout=Duration.minutes(3),
            properties={
                "FunctionName": function.function_name,
                "AliasName": name,
                "Service": service,
                **({} if beside is None else {"Beside": beside.alias_name}),
            },
        )
        # The alias's name is an answer of the resource, so that whatever refers to the alias
        # (integration, permission, event source) is made after it.
        self.alias = OwnedAlias(
            self, "Alias", alias_name=owned.get_att_string("AliasName"), function=function
        )
