"""DeployerStack: what an account and region needs once, before any service can be released."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_ssm as ssm
from constructs import Construct
from greenshift_cdk import names
from greenshift_cdk.acknowledged import acknowledge
from greenshift_cdk.platform import Platform

from infra.bundling import AWS, Target, handlers_bundle
from infra.deployer.alias_owner import AliasOwner
from infra.deployer.artifact_bucket import ArtifactBucket
from infra.deployer.contract_schedules import ContractSchedules
from infra.deployer.function import Settings
from infra.deployer.hearing import AlarmListener, LogListener
from infra.deployer.lambda_rate import lambda_rate
from infra.deployer.ledger_table import LedgerTable
from infra.deployer.notifications import Notifications
from infra.deployer.permissions import Permissions
from infra.deployer.phase_function import PhaseFunction
from infra.deployer.phases import PHASES
from infra.deployer.prune import Prune
from infra.deployer.queues import Queues
from infra.deployer.recovery import Recovery
from infra.deployer.sweep import Sweep


class DeployerStack(Stack):
    """Phases, listeners, ledger and bucket, and the parameters by which services find them.

    tracing: X-Ray for all functions (default: on). log_level: of the phases' structured logs
    (default: INFO). log_retention: of their log groups (default: three months).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tracing: bool = True,
        log_level: str = "INFO",
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        **stack_properties: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack_properties)
        table = LedgerTable(self, "Ledger")
        bucket = ArtifactBucket(self, "Artifacts")

        platform = Platform.of(self)
        target = AWS if platform.name == "aws" else Target(platform.python, None)
        bundle = handlers_bundle(target)
        code = assets.Asset(self, "Code", path=str(bundle.path), asset_hash=bundle.digest)

        acknowledge(
            self,
            "Annotation::@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified",
            "The key is the digest of the code: an object never changes under it.",
        )
        settings = Settings(
            platform=platform,
            code=lambda_.Code.from_bucket(code.bucket, code.s3_object_key),
            code_digest=code.asset_hash,
            environment={
                "GREENSHIFT_TABLE": table.table_name,
                "GREENSHIFT_BUCKET": bucket.bucket_name,
                "GREENSHIFT_LAMBDA_RATE": f"{lambda_rate(self, platform):g}",
                "POWERTOOLS_SERVICE_NAME": "greenshift",
                "POWERTOOLS_LOG_LEVEL": log_level,
            },
            tracing=tracing,
            log_retention=log_retention,
        )
        permissions = Permissions(self, table=table, bucket=bucket)
        for phase in PHASES:
            PhaseFunction(
                self,
                phase.name.title().replace("-", ""),
                phase=phase,
                settings=settings,
                permissions=permissions,
            )
        Recovery(self, "Recovery", settings=settings, permissions=permissions)
        ContractSchedules(self, "Contracts", settings=settings, permissions=permissions)
        Queues(self, "Queues", settings=settings, permissions=permissions)
        Sweep(self, "Sweep", settings=settings, permissions=permissions)
        Prune(self, "Prune", settings=settings, permissions=permissions)
        AlarmListener(self, "HearAlarm", settings=settings, permissions=permissions)
        LogListener(self, "HearLog", settings=settings, permissions=permissions)
        Notifications(self, "Notify", table=table, settings=settings, permissions=permissions)
        AliasOwner(self, "OwnAlias", settings=settings, permissions=permissions)

        self._tell("Table", names.TABLE_PARAMETER, table.table_name)
        self._tell("Bucket", names.BUCKET_PARAMETER, bucket.bucket_name)
        self._tell("CodeBucket", names.CODE_BUCKET_PARAMETER, code.s3_bucket_name)
        self._tell("CodeKey", names.CODE_KEY_PARAMETER, code.s3_object_key)

    def _tell(self, construct_id: str, name: str, value: str) -> None:
        ssm.StringParameter(
            self, f"{construct_id}Parameter", parameter_name=name, string_value=value
        )
