"""Which permission a call of Lambda's API needs, and on what.

AWS: the permission has the operation's name, except that `Invoke` is `InvokeFunction` and a layer
version is `GetLayerVersion` also by its ARN; a call with a qualifier is about the qualified ARN,
which the function's tags hold for.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
Stock MiniStack: guesses from the path, so that `GetAlias`, `UpdateAlias` and `DeleteAlias` are
`ListAliases` and provisioned concurrency is the function's code; it ignores the qualifier.
Patch: the operation comes from the SDK's model, and the qualifier goes into the ARN.
"""

from typing import Any

from infra.local.patching import when_imported

_OTHER_NAMES = {
    "GetLayerVersionByArn": "GetLayerVersion",
    "Invoke": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}
_QUALIFIED = 8
"""Parts of a function's ARN that ends in a version or an alias."""


def apply() -> None:
    """Patches the action, the resource and its tags."""
    when_imported("ministack.core.iam_actions", _patch_request)
    when_imported("ministack.services.tagging", _patch_tags)


def _patch_request(iam_actions: Any) -> None:
    extract_action = iam_actions.extract_iam_action
    extract_arn = iam_actions.extract_resource_arn
    iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]

    def action_of(service: str, method: str, path: str, *rest: Any) -> str | None:
        query = rest[-1]
        if service == "lambda":
            operation = iam_actions._match_rest_action(service, method, path, query)
            if operation:
                return f"lambda:{_OTHER_NAMES.get(operation, operation)}"
        action: str | None = extract_action(service, method, path, *rest)
        return action

    def arn_of(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, *rest: Any
    ) -> str:
        arn: str = extract_arn(service, method, path, headers, body, query, *rest)
        qualifier = iam_actions._query_param(query, "Qualifier")
        if service == "lambda" and qualifier and len(arn.split(":")) == _QUALIFIED - 1:
            return f"{arn}:{qualifier}"
        return arn

    iam_actions.extract_iam_action = action_of
    iam_actions.extract_resource_arn = arn_of


def _patch_tags(tagging: Any) -> None:
    tags_of = tagging.resource_tags

    def tags_of_function(arn: str) -> dict[str, str] | None:
        parts = arn.split(":")
        if parts[2:3] == ["lambda"] and len(parts) == _QUALIFIED and parts[5] == "function":
            arn = ":".join(parts[:-1])
        found: dict[str, str] | None = tags_of(arn)
        return found

    tagging.resource_tags = tags_of_function
