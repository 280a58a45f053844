"""What a function returned to an HTTP event, as API Gateway's HTTP API reads it."""

import base64
import json
from collections.abc import Mapping
from typing import Any


def http_answer(payload: Any) -> tuple[int, Mapping[str, str], Any]:
    """Status, headers (lower case) and body of what the function returned; JSON bodies are read.

    A result without `statusCode` is what API Gateway makes of it: 200 with that JSON. One that it
    could not send, such as a status that is no number, is its 500.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    if not isinstance(payload, Mapping) or "statusCode" not in payload:
        return 200, {}, payload
    headers = payload.get("headers") or {}
    try:
        status, body = int(payload["statusCode"]), _body(payload)
    except (TypeError, ValueError):
        return 500, {}, payload
    if not isinstance(headers, Mapping) or not 100 <= status <= 599:
        return 500, {}, payload
    return status, {str(key).lower(): _text(value) for key, value in headers.items()}, body


def _body(payload: Mapping[str, Any]) -> Any:
    body = payload.get("body")
    if not isinstance(body, str):
        return body
    if payload.get("isBase64Encoded"):
        body = base64.b64decode(body).decode(errors="replace")
    try:
        return json.loads(body)
    except ValueError:
        return body


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
