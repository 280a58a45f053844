"""The third way in: a schedule that releases the newest bundle that was not tried yet."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

INPUT = '{"release": "latest", "by": "schedule"}'


class ReleaseSchedule(Construct):
    """Starts `latest` at the schedule's times, in its time zone; nothing new is `NothingToDo`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        schedule: scheduler.ScheduleExpression,
        machine_alias_arn: str,
        undelivered: sqs.Queue,
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_alias_arn])
        )
        undelivered.grant_send_messages(role)
        resource = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=f"greenshift-{service}",
            description=f"Releases the latest bundle of the service {service}",
            schedule_expression=schedule.expression_string,
            schedule_expression_timezone=(
                schedule.time_zone.timezone_name if schedule.time_zone else None
            ),
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=machine_alias_arn,
                role_arn=role.role_arn,
                input=INPUT,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=undelivered.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=3_600, maximum_retry_attempts=20
                ),
            ),
        )
        resource.node.add_dependency(role)
