"""What tells a running deployment of failures between two looks: alarms and logs.

Neither listener has a dead-letter queue: what they miss the next look sees.
"""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct
from greenshift_cdk.names import HEAR_LOG_PARAMETER, HEAR_LOG_PATTERN_PARAMETER

from handlers.domain.logs.lines import FILTER
from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions

_STALE = Duration.minutes(5)
"""A signal that is older tells nothing that a look has not seen."""


class AlarmListener(Construct):
    """`greenshift-hear-alarm`, behind a rule on all alarms of this account and region."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        listener = GreenshiftFunction(
            self,
            "Function",
            name="hear-alarm",
            handler="handlers.listeners.hear_alarm.handler",
            timeout_seconds=120,
            settings=settings,
            statements=[permissions.read_ledger(), permissions.note_in_ledger()],
            description="Tells running deployments of an alarm that went red.",
        )
        events.Rule(
            self,
            "Rule",
            rule_name="greenshift-hear-alarm",
            description="CloudWatch alarms that went red",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                detail={"state": {"value": ["ALARM"]}},
            ),
            targets=[targets.LambdaFunction(listener, max_event_age=_STALE, retry_attempts=10)],
        )


class LogListener(Construct):
    """`greenshift-hear-log`, to which services' stacks subscribe their functions' logs."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        listener = GreenshiftFunction(
            self,
            "Function",
            name="hear-log",
            handler="handlers.listeners.hear_log.handler",
            timeout_seconds=120,
            settings=settings,
            statements=[permissions.read_ledger(), permissions.note_in_ledger()],
            description="Counts failures that functions on trial log.",
        )
        stack = Stack.of(self)
        listener.add_permission(
            "Subscriptions",
            principal=iam.ServicePrincipal("logs.amazonaws.com"),
            source_account=stack.account,
            source_arn=stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name="*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
        )
        for name, parameter, value in (
            ("Arn", HEAR_LOG_PARAMETER, listener.function_arn),
            ("Pattern", HEAR_LOG_PATTERN_PARAMETER, FILTER),
        ):
            ssm.StringParameter(self, name, parameter_name=parameter, string_value=value)
