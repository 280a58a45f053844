"""Who may call a function by the function's own policy.

AWS: EventBridge's rules and HTTP APIs call a function, version or alias only where its policy lets
them; else the event is not delivered, and the API answers 500.
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
Stock MiniStack: asks nobody. Patch: asks the policy before each, when it enforces.
"""

import json
from typing import Any

from infra.local.corrections.permits import admits
from infra.local.patching import when_imported

_REFUSED = 500, {"Content-Type": "application/json"}
_BODY = json.dumps({"message": "Internal Server Error"}).encode()


def apply() -> None:
    """Patches the rules' targets and the HTTP API's integration."""
    when_imported("ministack.services.eventbridge", _patch_targets)
    when_imported("ministack.services.apigateway", _patch_integration)


def _patch_targets(eventbridge: Any) -> None:
    invoke = eventbridge._invoke_target

    def invoke_permitted(
        target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], *rest: Any
    ) -> None:
        function = target.get("Arn", "")
        by_policy = ":lambda:" in function and not target.get("RoleArn")
        if not by_policy or admits(function, "events.amazonaws.com", rule.get("Arn", "")):
            invoke(target, event, rule, *rest)

    eventbridge._invoke_target = invoke_permitted


def _patch_integration(apigateway: Any) -> None:
    invoke = apigateway._invoke_lambda_proxy

    async def invoke_permitted(
        integration: dict[str, Any],
        api: str,
        stage: str,
        path: str,
        method: str,
        *rest: Any,
        **named: Any,
    ) -> Any:
        function = apigateway._extract_lambda_ref_from_integration_uri(
            integration.get("integrationUri", "")
        )
        route = rest[3] if len(rest) > 3 else named.get("route_key", "$default")
        asked = f"{method}{route.partition(' ')[2]}" if " " in route else route
        account, region = apigateway.get_account_id(), apigateway.get_region()
        source = f"arn:aws:execute-api:{region}:{account}:{api}/{stage}/{asked}"
        by_policy = function.startswith("arn:") and not integration.get("credentialsArn")
        if by_policy and not admits(function, "apigateway.amazonaws.com", source):
            return *_REFUSED, _BODY
        return await invoke(integration, api, stage, path, method, *rest, **named)

    apigateway._invoke_lambda_proxy = invoke_permitted
