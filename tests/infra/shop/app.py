"""The app of the infrastructure tests: the deployer, a service of every feature, and a plain one."""

from typing import Any

from aws_cdk import App, CfnParameter, Duration, Stack, TimeZone
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct
from greenshift_cdk import BlueGreenService, ManagedFunction, Platform, PostgresDatabase, Preview

from infra.deployer import DeployerStack

SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:shop-migrator-AbCdEf"
HANDLER = "def handler(event, context):\n    return {'version': context.function_version}\n"


def function(scope: Construct, construct_id: str, name: str, **properties: Any) -> lambda_.Function:
    return lambda_.Function(
        scope,
        construct_id,
        function_name=name,
        runtime=Platform.of(scope).runtime,
        handler="index.handler",
        code=lambda_.Code.from_inline(HANDLER),
        **properties,
    )


class ShopStack(Stack):
    """Two functions behind an HTTP API and a queue, with a database and a schedule."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        http = apigateway.HttpApi(self, "Http", api_name="shop")
        channel = CfnParameter(self, "Channel", default="stable").value_as_string
        log = logs.LogGroup(self, "Log", retention=logs.RetentionDays.ONE_MONTH)
        api = function(self, "Api", "shop-api", environment={"CHANNEL": channel}, log_group=log)
        self.service = BlueGreenService(
            self,
            "Service",
            service="shop",
            functions={
                "api": ManagedFunction(api, "entry"),
                "worker": ManagedFunction(function(self, "Worker", "shop-worker"), "consumer"),
            },
            api_url=http.api_endpoint,
            database=PostgresDatabase(
                role="shop_app",
                secret=secretsmanager.Secret.from_secret_complete_arn(self, "Secret", SECRET),
            ),
            schedule=scheduler.ScheduleExpression.cron(
                minute="30", hour="7", time_zone=TimeZone.EUROPE_BERLIN
            ),
            bake={"inconclusive": "extend"},
            rollback_window=Duration.hours(36),
            environment_keys=["FEATURE_CHANNEL"],
        )
        integration = HttpLambdaIntegration("ApiIntegration", self.service.live("api"))
        http.add_routes(path="/{proxy+}", integration=integration)
        queue = sqs.Queue(self, "Queue", visibility_timeout=Duration.seconds(30))
        self.service.live("worker").add_event_source(SqsEventSource(queue))


class PlainStack(Stack):
    """One function and nothing optional."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        managed = ManagedFunction(function(self, "Only", "plain-only"), "entry")
        self.service = BlueGreenService(
            self, "Service", service="plain", functions={"only": managed}, tracing=False
        )


class TriedStack(Stack):
    """Two entries, of which one can be tried before it is live."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        functions = {
            key: ManagedFunction(function(self, key.title(), f"tried-{key}"), "entry")
            for key in ("api", "admin")
        }
        self.service = BlueGreenService(
            self,
            "Service",
            service="tried",
            functions=functions,
            preview=Preview(routes={"ANY /{proxy+}": "api", "GET /orders/{id}": "api"}),
        )


def build(app: App) -> None:
    deployer = DeployerStack(app, "Greenshift")
    for service in (ShopStack(app, "Shop"), PlainStack(app, "Plain"), TriedStack(app, "Tried")):
        service.add_stack_dependency(deployer)


if __name__ == "__main__":
    app = App(analytics_reporting=False)
    build(app)
    app.synth()
