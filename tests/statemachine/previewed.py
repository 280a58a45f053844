"""A service with a preview, as its stack would have made it: alias, HTTP API, registration."""

import json
import os
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from service import Service

ROLE = "arn:aws:iam::000000000000:role/greenshift-preview/caller"


class Previewed:
    """The preview of a service's `api`, and who tries it."""

    def __init__(self, environment: Any, shop: Service, **registered: Any) -> None:
        self.shop, self.function = shop, shop.function("api")
        shop.lambda_.create_alias(
            FunctionName=self.function,
            Name="preview",
            FunctionVersion="1",
            Description=f"greenshift {shop.name} seed",
        )
        self.url = self._make_api(environment)
        self.register(**registered)

    def register(self, **changes: Any) -> None:
        preview = {"url": self.url, "alias": "preview", "functions": ["api"], "roleArn": ROLE}
        self.shop.register(preview=preview | changes)

    def _make_api(self, environment: Any) -> str:
        gateway = environment.client("apigatewayv2")
        api = gateway.create_api(Name=self.shop.name, ProtocolType="HTTP")
        integration = gateway.create_integration(
            ApiId=api["ApiId"],
            IntegrationType="AWS_PROXY",
            IntegrationUri=f"{self.shop.arn('api')}:preview",
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        gateway.create_route(
            ApiId=api["ApiId"],
            RouteKey="$default",
            Target=f"integrations/{integration}",
            AuthorizationType="AWS_IAM",
        )
        gateway.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
        return str(api["ApiEndpoint"])

    def get(self, path: str = "/", *, signed: bool = True) -> tuple[int, Any]:
        """What a browser behind a signing proxy gets: status, and JSON."""
        request = AWSRequest(method="GET", url=self.url + path)
        if signed:
            keys = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
            SigV4Auth(Credentials(*keys), "execute-api", "us-east-1").add_auth(request)
        try:
            with urlopen(Request(self.url + path, headers=dict(request.headers))) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"{}")

    @property
    def alias(self) -> dict[str, Any]:
        found: dict[str, Any] = self.shop.lambda_.get_alias(
            FunctionName=self.function, Name="preview"
        )
        return found

    def delete(self) -> None:
        self.shop.lambda_.delete_alias(FunctionName=self.function, Name="preview")

    def move(self, version: str) -> None:
        """What a hand does in Lambda's console."""
        self.shop.lambda_.update_alias(
            FunctionName=self.function,
            Name="preview",
            FunctionVersion=version,
            Description=f"by hand at {time.time_ns()}",
        )
