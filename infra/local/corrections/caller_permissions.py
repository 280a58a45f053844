"""What Lambda reads in the name of whoever calls it.

AWS: who updates a function's code from S3 needs to be able to read the object, and who names a
layer needs `GetLayerVersion` on it; `GetFunction` tells the tags to those only who may `ListTags`.
https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html
Stock MiniStack: reads all of it for everybody. Patch: asks for the caller before, when it enforces.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.corrections.permits import denial_of_caller
from infra.local.patching import when_imported


def apply() -> None:
    """Patches creating, updating and reading a function by its API."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    handle = service.handle_request

    async def handle_for_caller(
        method: str, path: str, headers: Any, body: bytes, query_params: Any
    ) -> Any:
        key = service.extract_access_key_id(headers, query_params)
        for action, resource in _needed(method, path, body):
            reason = denial_of_caller(key, action, resource)
            if reason:
                if action.startswith("s3:"):
                    where = resource.partition(":::")[2]
                    reason = (
                        "Your access has been denied by S3, please make sure your request "
                        f"credentials have permission to GetObject for {where}. "
                        "S3 Error Code: AccessDenied. S3 Error Message: Access Denied"
                    )
                return service.error_response_json("AccessDeniedException", reason, 403)
        answer = await handle(method, path, headers, body, query_params)
        return _without_tags(key, answer) if method == "GET" and answer[0] == 200 else answer

    service.handle_request = handle_for_caller


def _needed(method: str, path: str, body: bytes) -> Iterator[tuple[str, str]]:
    writes = method == "POST" and path.rstrip("/").endswith("/functions")
    if not writes and not (method == "PUT" and path.endswith(("/code", "/configuration"))):
        return
    asked = json.loads(body or b"{}")
    code = asked.get("Code") or asked
    if code.get("S3Bucket"):
        action = "s3:GetObjectVersion" if code.get("S3ObjectVersion") else "s3:GetObject"
        yield action, f"arn:aws:s3:::{code['S3Bucket']}/{code.get('S3Key', '')}"
    for layer in asked.get("Layers") or ():
        yield "lambda:GetLayerVersion", layer


def _without_tags(key: str, answer: Any) -> Any:
    status, headers, body = answer
    found: Mapping[str, Any] = json.loads(body or b"{}")
    if not isinstance(found, dict) or "Code" not in found or not found.get("Tags"):
        return answer
    function = ":".join(found["Configuration"]["FunctionArn"].split(":")[:7])
    if not denial_of_caller(key, "lambda:ListTags", function):
        return answer
    rest = {name: value for name, value in found.items() if name != "Tags"}
    return status, headers, json.dumps(rest).encode()
