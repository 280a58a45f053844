"""The preview of one service: an HTTP API whose every route leads to the alias `preview`."""

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_authorizers import HttpIamAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from greenshift_cdk.live_alias import LiveAlias
from greenshift_cdk.managed_function import ManagedFunction
from greenshift_cdk.names import PREVIEW_ALIAS, PREVIEW_ROLES
from greenshift_cdk.preview import Preview, route_key

_REQUESTS_A_SECOND, _BURST = 20, 40
"""People and checks: it shares the functions' concurrency with the traffic."""
_LOGGED = {
    "requestId": "$context.requestId",
    "at": "$context.requestTime",
    "who": "$context.identity.userArn",
    "from": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "lambdaRequestId": "$context.integration.requestId",
    "error": "$context.integrationErrorMessage",
}


class PreviewApi(Construct):
    """The API, the aliases, the role in which Greenshift calls it, and a log of who did.

    A stage of the service's own API would not do: an HTTP API authorizes by route, for all stages.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        preview: Preview,
        routes: Mapping[str, str],
        functions: Mapping[str, ManagedFunction],
        live: Mapping[str, lambda_.IAlias],
        service_token: str,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        self.aliases: dict[str, lambda_.IAlias] = {
            key: LiveAlias(
                self,
                f"Alias-{key}",
                function=functions[key].function,
                service=service,
                service_token=service_token,
                name=PREVIEW_ALIAS,
                beside=live[key],
            ).alias
            for key in dict.fromkeys(routes.values())
        }
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"greenshift-{service}-preview",
            description=f"Tries green of {service} before it is live",
            create_default_stage=False,
        )
        self._add_stage(service, log_retention)
        authorizer = preview.authorizer or HttpIamAuthorizer()
        integrations = {
            key: HttpLambdaIntegration(f"Integration-{key}", alias)
            for key, alias in self.aliases.items()
        }
        for number, (route, key) in enumerate(routes.items()):
            apigateway.HttpRoute(
                self,
                f"Route{number}",
                http_api=self.api,
                route_key=route_key(route),
                integration=integrations[key],
                authorizer=authorizer,
            )
        self._role: iam.Role | None = None
        if preview.authorizer is None:
            self._role = iam.Role(
                self,
                "Caller",
                path=f"/{PREVIEW_ROLES}/",
                assumed_by=iam.AccountRootPrincipal(),
                description=f"In which Greenshift calls the preview of {service}",
            )
            self.grant(self._role)
        self.url = self.api.api_endpoint
        output = CfnOutput(
            self, "Url", value=self.url, description=f"Where green of {service} can be tried"
        )
        output.override_logical_id(f"{service.title().replace('-', '')}PreviewUrl")

    def grant(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets `grantee` call it, where IAM is asked."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["execute-api:Invoke"],
            resource_arns=[self.api.arn_for_execute_api(stage="$default")],
        )

    def registered(self) -> dict[str, Any]:
        """The `preview` of the registration."""
        role = {} if self._role is None else {"roleArn": self._role.role_arn}
        return {"url": self.url, "alias": PREVIEW_ALIAS, "functions": list(self.aliases), **role}

    def _add_stage(self, service: str, retention: logs.RetentionDays) -> None:
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/vendedlogs/greenshift-{service}-preview",
            retention=retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stage = self.api.add_stage(
            "Stage",
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=_REQUESTS_A_SECOND, burst_limit=_BURST),
        )
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(_LOGGED)
        )
