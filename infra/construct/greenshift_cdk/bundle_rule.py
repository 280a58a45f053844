"""The second way in: a bundle that lands in the artifact bucket starts its service's machine."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class BundleRule(Construct):
    """Passes the event's `detail` as it is, for `releases/<service>/….zip` and for nothing else.

    An event that could not start an execution for a day lies in the dead-letter queue.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        bucket: s3.IBucket,
        machine_alias_arn: str,
        undelivered: sqs.Queue,
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "events.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_alias_arn])
        )
        rule = events.CfnRule(
            self,
            "Rule",
            name=f"greenshift-{service}-bundle",
            description=f"A release bundle of the service {service} was uploaded",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [bucket.bucket_name]},
                    # A list of prefix and suffix would mean "or".
                    "object": {"key": [{"wildcard": f"releases/{service}/*.zip"}]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Machine",
                    arn=machine_alias_arn,
                    role_arn=role.role_arn,
                    input_path="$.detail",
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=undelivered.queue_arn
                    ),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=86_400, maximum_retry_attempts=185
                    ),
                )
            ],
        )
        rule.node.add_dependency(role)
        undelivered.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                resources=[undelivered.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )
