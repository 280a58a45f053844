"""OrdersStack: what the owner of `orders` deploys once, and what every release then runs in."""

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct
from greenshift_cdk import BlueGreenService, ManagedFunction, Platform, PostgresDatabase, Preview

SERVICE = "orders"
_SEED = Path(__file__).parent / "seed"
_TIMEOUT = Duration.seconds(10)


class OrdersStack(Stack):
    """An HTTP API and a queue on `live` of two functions, and PostgreSQL, all as one service.

    The ARNs are of the secrets that the code (as the role `orders_app`) and the migrator log in
    with, as `infra.sample.database` makes them. min_stratum_seconds: how fine a release may judge
    (default: 60, which is AWS's own resolution). schedule: when to release the latest bundle
    (default: never). vpc_id: where functions and migrator run (default: in no VPC); the database
    must then let the output ClientGroup in, and the VPC reach SQS, Secrets Manager and S3.
    The API asks nobody who they are: it is a sample.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - as every construct calls it
        *,
        database_secret_arn: str,
        migrator_secret_arn: str,
        min_stratum_seconds: int = 60,
        schedule: scheduler.ScheduleExpression | None = None,
        vpc_id: str | None = None,
        **stack_properties: Any,
    ) -> None:
        super().__init__(scope, id, **stack_properties)
        self._network = self._find_network(vpc_id)
        queue = self._make_queue()
        app_secret = self._secret("AppSecret", database_secret_arn)
        self._environment = {
            "QUEUE_URL": queue.queue_url,
            "DATABASE_SECRET": database_secret_arn,
            "FEATURE_CHANNEL": "off",
        }
        api, worker = self._make_function("api"), self._make_function("worker")
        for function in (api, worker):
            app_secret.grant_read(function)
        queue.grant_send_messages(api)

        http = self._make_http_api()
        self.service = BlueGreenService(
            self,
            "Service",
            service=SERVICE,
            functions={
                "api": ManagedFunction(api, "entry"),
                "worker": ManagedFunction(worker, "consumer"),
            },
            api_url=http.api_endpoint,
            database=PostgresDatabase(
                role="orders_app",
                secret=self._secret("MigratorSecret", migrator_secret_arn),
                **self._network,
            ),
            schedule=schedule,
            bake={"minStratumSeconds": min_stratum_seconds},
            environment_keys=["FEATURE_CHANNEL"],
            preview=Preview(routes={"ANY /{proxy+}": "api"}),
        )
        http.add_routes(
            path="/{proxy+}",
            integration=HttpLambdaIntegration("ApiIntegration", self.service.live("api")),
        )
        self.service.live("worker").add_event_source(
            SqsEventSource(queue, batch_size=10, max_concurrency=4, report_batch_item_failures=True)
        )
        CfnOutput(self, "ApiId", value=http.api_id)
        CfnOutput(self, "ApiUrl", value=http.api_endpoint)
        CfnOutput(self, "QueueUrl", value=queue.queue_url)
        CfnOutput(self, "MachineArn", value=self.service.machine_alias_arn)

    def _make_function(self, key: str) -> lambda_.Function:
        name = f"{SERVICE}-{key}"
        return lambda_.Function(
            self,
            key.title(),
            function_name=name,
            # The seed's; from the first release on, the code comes from bundles.
            code=lambda_.Code.from_inline((_SEED / f"{key}.py").read_text()),
            handler="index.handler",
            runtime=Platform.of(self).runtime,
            architecture=Platform.of(self).architecture,
            timeout=_TIMEOUT,
            memory_size=512,
            environment=self._environment,
            log_group=logs.LogGroup(
                self,
                f"{key.title()}Log",
                log_group_name=f"/aws/lambda/{name}",
                retention=logs.RetentionDays.ONE_MONTH,
                removal_policy=RemovalPolicy.DESTROY,
            ),
            **self._network,
        )

    def _find_network(self, vpc_id: str | None) -> dict[str, Any]:
        if vpc_id is None:
            return {}
        vpc = ec2.Vpc.from_lookup(self, "Vpc", vpc_id=vpc_id)
        clients = ec2.SecurityGroup(self, "Clients", vpc=vpc, description="Log in to orders")
        CfnOutput(self, "ClientGroup", value=clients.security_group_id)
        return {"vpc": vpc, "security_groups": [clients]}

    def _make_queue(self) -> sqs.Queue:
        dead = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{SERVICE}-dead-letters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        return sqs.Queue(
            self,
            "Queue",
            queue_name=SERVICE,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            # Six times the function's time-out, as AWS asks of a queue with an event source.
            visibility_timeout=Duration.seconds(6 * _TIMEOUT.to_seconds()),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5),
        )

    def _make_http_api(self) -> apigateway.HttpApi:
        http = apigateway.HttpApi(self, "Http", api_name=SERVICE, create_default_stage=False)
        http.add_stage(
            "Stage",
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=500, burst_limit=500),
        )
        return http

    def _secret(self, id: str, arn: str) -> secretsmanager.ISecret:  # noqa: A002
        return secretsmanager.Secret.from_secret_complete_arn(self, id, arn)
