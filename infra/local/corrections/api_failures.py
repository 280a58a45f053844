"""What an HTTP API answers when its function fails.

AWS: 500 and `{"message": "Internal Server Error"}`, whatever the function raised.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
Stock MiniStack: 502 with the function's error in it, as for REST APIs. Patch: as AWS.
"""

from typing import Any

from infra.local.patching import rewrite, when_imported

_ANSWERS = "lambda_response, _ = lambda_svc.lambda_execute_result_to_api_proxy_response(result)\n"
_FAILED = """\
if result.get("error"):
        failed = json.dumps({"message": "Internal Server Error"}).encode()
        return 500, {"Content-Type": "application/json"}, failed
    """


def apply() -> None:
    """Patches the HTTP API's integration; before another correction wraps it."""
    when_imported("ministack.services.apigateway", _patch)


def _patch(apigateway: Any) -> None:
    rewrite(apigateway, "_invoke_lambda_proxy", (_ANSWERS, _FAILED + _ANSWERS))
