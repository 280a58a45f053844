"""What a service's stack reads of the deployer's, at deploy time, from SSM."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from greenshift_cdk import names
from greenshift_cdk.acknowledged import acknowledge


class Deployer(Construct):
    """The deployer of this account and region; without one a deploy fails and names the parameter.

    `cdk deploy` sees the parameters' new values, so deploying a service's stack again moves its
    machine to the deployer's newest phases.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket.from_bucket_name(
            self, "Artifacts", self._parameter(names.BUCKET_PARAMETER)
        )
        self.own_alias_arn = self._parameter(names.OWN_ALIAS_PARAMETER)

    @property
    def hear_log_arn(self) -> str:
        """The function that hears logs."""
        return self._parameter(names.HEAR_LOG_PARAMETER)

    @property
    def hear_log_pattern(self) -> str:
        """The filter pattern that lets the lines through that it understands."""
        return self._parameter(names.HEAR_LOG_PATTERN_PARAMETER)

    @property
    def table_name(self) -> str:
        """The ledger's table."""
        return self._parameter(names.TABLE_PARAMETER)

    @property
    def code_key(self) -> str:
        """The S3 key of the phases' code, which ends in its digest."""
        return self._parameter(names.CODE_KEY_PARAMETER)

    def code(self) -> lambda_.Code:
        """The phases' code, for a function of the service's own stack."""
        name = self._parameter(names.CODE_BUCKET_PARAMETER)
        bucket = s3.Bucket.from_bucket_name(self, "Code", name)
        acknowledge(
            bucket,
            "Annotation::@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified",
            "The key is the digest of the code: an object never changes under it.",
        )
        return lambda_.Code.from_bucket(bucket, self.code_key)

    def version_arn(self, phase: str) -> str:
        """The ARN of the phase's published version."""
        return self._parameter(names.phase_parameter(phase))

    def function_arns(self, phase: str) -> list[str]:
        """The phase's function and all its versions, old ones as well.

        Executions in flight call older versions; https://github.com/aws/aws-cdk/issues/17515.
        """
        arn = Stack.of(self).format_arn(
            service="lambda",
            resource="function",
            resource_name=f"greenshift-{phase}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return [arn, f"{arn}:*"]

    def _parameter(self, name: str) -> str:
        return ssm.StringParameter.value_for_string_parameter(self, name)
