"""The recovery rule: an execution that ends without RollBack leaves its service whole."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions


class Recovery(Construct):
    """`greenshift-recover`, called at the end of every execution that did not succeed.

    An event that could not be delivered or handled for a day lies in the dead-letter queue.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name="greenshift-recover-undelivered",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        listener = GreenshiftFunction(
            self,
            "Function",
            name="recover",
            handler="handlers.listeners.recover.handler",
            timeout_seconds=120,
            settings=settings,
            statements=[
                permissions.read_ledger(),
                permissions.describe_executions(),
                permissions.start_machines(),
            ],
            description="Starts a recovery for an execution that ended without one.",
            dead_letter_queue=undelivered,
        )
        machines = Stack.of(self).format_arn(
            service="states",
            resource="stateMachine",
            resource_name="greenshift-",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        events.Rule(
            self,
            "Rule",
            rule_name="greenshift-recover",
            description="Executions of Greenshift that failed, timed out or were stopped",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                    "stateMachineArn": events.Match.prefix(machines),
                },
            ),
            targets=[
                targets.LambdaFunction(
                    listener,
                    dead_letter_queue=undelivered,
                    max_event_age=Duration.hours(24),
                    retry_attempts=185,
                )
            ],
        )
