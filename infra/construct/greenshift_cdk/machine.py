"""The state machine of one service, made from the one definition that all services share."""

from collections.abc import Mapping
from importlib import resources

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from greenshift_cdk.names import ALIAS


def definition() -> str:
    """The Amazon States Language text that this distribution ships, with its placeholders."""
    return resources.files("greenshift_cdk").joinpath("deployment.asl.json").read_text("utf-8")


class ServiceMachine(Construct):
    """`greenshift-<service>` with a published version and the alias `live` on it.

    `alias_arn` is what everyone starts. A changed definition becomes a new version; executions in
    flight keep theirs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        phase_arns: Mapping[str, str],
        invocable: list[str],
        tracing: bool,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(
            self,
            "Log",
            # Other names make AWS grow one resource policy for all machines until it is full.
            log_group_name=f"/aws/vendedlogs/states/greenshift-{service}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=f"greenshift-{service}",
            definition_body=sfn.DefinitionBody.from_string(definition()),
            definition_substitutions={"Service": service, **_placeholders(phase_arns)},
            logs=sfn.LogOptions(
                destination=log_group, level=sfn.LogLevel.ERROR, include_execution_data=True
            ),
            tracing_enabled=tracing,
        )
        self.machine.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=invocable)
        )
        resource = self.machine.node.default_child
        assert isinstance(resource, sfn.CfnStateMachine)
        version = sfn.CfnStateMachineVersion(
            self,
            "Version",
            state_machine_arn=resource.attr_arn,
            state_machine_revision_id=resource.attr_state_machine_revision_id,
        )
        version.apply_removal_policy(RemovalPolicy.RETAIN)
        alias = sfn.CfnStateMachineAlias(
            self,
            "Alias",
            name=ALIAS,
            routing_configuration=[
                sfn.CfnStateMachineAlias.RoutingConfigurationVersionProperty(
                    state_machine_version_arn=version.attr_arn, weight=100
                )
            ],
        )
        self.alias_arn = alias.attr_arn


def _placeholders(phase_arns: Mapping[str, str]) -> dict[str, str]:
    """`shift-traffic` fills `${ShiftTrafficArn}`."""
    return {f"{phase.title().replace('-', '')}Arn": arn for phase, arn in phase_arns.items()}
