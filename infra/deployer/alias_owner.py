"""The custom resource behind every `live` alias, as a function that CloudFormation calls."""

from aws_cdk import aws_ssm as ssm
from constructs import Construct
from greenshift_cdk.names import OWN_ALIAS_PARAMETER

from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions


class AliasOwner(Construct):
    """`greenshift-own-alias`: makes `live` where it is absent, never moves one that is there."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        function = GreenshiftFunction(
            self,
            "Function",
            name="own-alias",
            handler="handlers.listeners.own_alias.handler",
            timeout_seconds=120,
            settings=settings,
            statements=[
                permissions.read_ledger(),
                permissions.read_functions(),
                permissions.change_functions("CreateAlias", "DeleteAlias", "PublishVersion"),
            ],
            description="Makes the alias live of a service's function when CloudFormation asks.",
        )
        ssm.StringParameter(
            self,
            "Arn",
            parameter_name=OWN_ALIAS_PARAMETER,
            string_value=function.function_arn,
            description="The service token of the custom resource that makes live",
        )
