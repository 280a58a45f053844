"""A Lambda function of Greenshift's own: role, log group, and the settings that all share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct
from greenshift_cdk.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all functions of a deployer have in common. `code` lies in S3 already."""

    platform: Platform
    code: lambda_.Code
    code_digest: str
    environment: dict[str, str]
    tracing: bool
    log_retention: logs.RetentionDays


class GreenshiftFunction(lambda_.Function):
    """`greenshift-<name>`, with its own role: what `statements` allow, and its log."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        handler: str,
        timeout_seconds: int,
        settings: Settings,
        statements: Sequence[iam.PolicyStatement],
        description: str,
        ephemeral_gib: float | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        full_name = f"greenshift-{name}"
        log_group = logs.LogGroup(
            scope,
            f"{construct_id}Log",
            log_group_name=f"/aws/lambda/{full_name}",
            retention=settings.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        log_group.grant_write(role)
        for statement in statements:
            role.add_to_policy(statement)
        super().__init__(
            scope,
            construct_id,
            function_name=full_name,
            description=description,
            handler=handler,
            code=settings.code,
            runtime=settings.platform.runtime,
            architecture=settings.platform.architecture,
            timeout=Duration.seconds(timeout_seconds),
            memory_size=512,
            ephemeral_storage_size=Size.gibibytes(ephemeral_gib) if ephemeral_gib else None,
            environment={**settings.environment, **(environment or {})},
            role=role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE if settings.tracing else lambda_.Tracing.DISABLED,
            dead_letter_queue=dead_letter_queue,
            current_version_options=lambda_.VersionOptions(
                # In-flight executions keep calling the version that they began with.
                removal_policy=RemovalPolicy.RETAIN,
                description=f"code {settings.code_digest}",
            ),
        )
