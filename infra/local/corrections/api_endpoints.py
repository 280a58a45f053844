"""The endpoint that an HTTP API tells leads to it.

AWS: `https://<api>.execute-api.<region>.amazonaws.com`, whose base serves the stage `$default`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
Stock MiniStack: `http://<api>.execute-api.localhost:<port>`, which resolves on few machines only.
Patch: the address by path under which the emulator serves the same stage.
"""

import os
from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches making an API, by its own API and in CloudFormation."""
    when_imported("ministack.services.apigateway", _patch)
    when_imported("ministack.services.cloudformation.provisioners", _patch_resource)


def _patch(apigateway: Any) -> None:
    create = apigateway._create_api

    def create_reachable(data: dict[str, Any]) -> Any:
        known = set(apigateway._apis)
        answer = create(data)
        for made in set(apigateway._apis) - known:
            _tell(apigateway._apis[made])
            return apigateway._apigw_response(apigateway._apis[made], answer[0])
        return answer

    apigateway._create_api = create_reachable


def _patch_resource(provisioners: Any) -> None:
    create = provisioners._apigw_v2_api_create

    def create_reachable(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        made, told = create(logical_id, properties, stack)
        _tell(provisioners._apigw_v2._apis[made])
        return made, {**told, "ApiEndpoint": provisioners._apigw_v2._apis[made]["apiEndpoint"]}

    provisioners._apigw_v2_api_create = create_reachable
    provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]["create"] = create_reachable


def _tell(api: dict[str, Any]) -> None:
    if api["protocolType"] == "HTTP":
        base = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/_aws/execute-api"
        api["apiEndpoint"] = f"{base}/{api['apiId']}/$default"
