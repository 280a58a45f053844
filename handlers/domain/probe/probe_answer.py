"""What a function returned to an HTTP event, as the way in that sent it reads it."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from handlers.domain.release.check_forms import HttpForm

_PROXIES = ("apiGatewayV1", "alb")


def http_answer(
    payload: Any, form: HttpForm = "apiGatewayV2"
) -> tuple[int, Mapping[str, str], Any]:
    """Status, headers (lower case) and body of what the function returned; JSON bodies are read.

    A result without `statusCode` is what an HTTP API makes of it: 200 with that JSON; a REST API
    and a load balancer know no such short form. One that could not be sent on, such as a status
    that is no number, is a 500 of HTTP APIs and a 502 of the other two.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    malformed = 502 if form in _PROXIES else 500
    if not isinstance(payload, Mapping) or "statusCode" not in payload:
        return (malformed if form in _PROXIES else 200), {}, payload
    headers = _headers(payload)
    try:
        status, body = int(payload["statusCode"]), _body(payload, strict=form in _PROXIES)
    except (TypeError, ValueError):
        return malformed, {}, payload
    if headers is None or not 100 <= status <= 599:
        return malformed, {}, payload
    return status, headers, body


def _headers(payload: Mapping[str, Any]) -> dict[str, str] | None:
    """Of a header with several values the last, as a REST API sends it; None if they are none."""
    one, several = payload.get("headers") or {}, payload.get("multiValueHeaders") or {}
    if not isinstance(one, Mapping) or not isinstance(several, Mapping):
        return None
    if not all(isinstance(values, list) for values in several.values()):
        return None
    merged = {**one, **{key: values[-1] for key, values in several.items() if values}}
    return {str(key).lower(): _text(value) for key, value in merged.items()}


def _body(payload: Mapping[str, Any], *, strict: bool) -> Any:
    body = payload.get("body")
    if not isinstance(body, str):
        if strict and body is not None:
            raise TypeError("a REST API and a load balancer send a body that is text")
        return body
    if payload.get("isBase64Encoded"):
        body = base64.b64decode(body).decode(errors="replace")
    try:
        return json.loads(body)
    except ValueError:
        return body


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
