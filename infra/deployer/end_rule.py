"""The rule by which a listener hears how executions of Greenshift ended."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class EndRule(events.Rule):
    """Calls `listener` when an execution of any service's machine comes to one of `statuses`.

    An event that could not be delivered for a day lies in `undelivered`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        statuses: Sequence[str],
        listener: lambda_.IFunction,
        undelivered: sqs.IQueue,
    ) -> None:
        machines = Stack.of(scope).format_arn(
            service="states",
            resource="stateMachine",
            resource_name="greenshift-",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        super().__init__(
            scope,
            construct_id,
            rule_name=name,
            description=description,
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": list(statuses),
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


def undelivered_queue(scope: Construct, name: str) -> sqs.Queue:
    """Where events lie for two weeks that could not be delivered or handled."""
    return sqs.Queue(
        scope,
        "Undelivered",
        queue_name=name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
