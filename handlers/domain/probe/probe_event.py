"""The event by which a declared HTTP request calls a version, as the way in that it names would
send it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from handlers.domain.release.check_calls import HttpRequest
from handlers.domain.release.check_forms import HttpForm

SYNTHETIC = "x-greenshift-synthetic"
"""Marks a check, so that a service can keep it out of its books: a header of requests, an attribute
of messages, and in the client context of every call.
"""
_SOURCE = {"sourceIp": "127.0.0.1", "userAgent": "greenshift"}


def http_event(request: HttpRequest, name: str) -> dict[str, Any]:
    """The event of one check; `name` is the check's, sent as the synthetic header's value."""
    headers, body = headers_and_body(request, name)
    return _FORMS[request.form](_Sent(request, f"greenshift-{name}", headers, body))


def headers_and_body(request: HttpRequest, name: str) -> tuple[dict[str, str], str | None]:
    """What the check named `name` sends, whichever way: JSON as text, and the synthetic header."""
    headers = dict(request.headers)
    body = request.body
    if request.json is not None:
        body = json.dumps(request.json)
        if "content-type" not in {key.lower() for key in headers}:
            headers["content-type"] = "application/json"
    headers[SYNTHETIC] = name
    return headers, body


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request with all that goes over the wire."""

    request: HttpRequest
    id: str
    headers: Mapping[str, str]
    body: str | None

    @property
    def lower(self) -> dict[str, str]:
        """The headers as API Gateway's HTTP API, function URLs and load balancers pass them on."""
        return {key.lower(): value for key, value in self.headers.items()}


def _api_gateway_v2(sent: _Sent) -> dict[str, Any]:
    """HTTP APIs and function URLs, payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    request = sent.request
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": urlencode(request.query),
        "headers": sent.lower,
        **({"queryStringParameters": dict(request.query)} if request.query else {}),
        "requestContext": {
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                **_SOURCE,
            },
            "requestId": sent.id,
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": False,
        **({"body": sent.body} if sent.body is not None else {}),
    }


def _api_gateway_v1(sent: _Sent) -> dict[str, Any]:
    """REST APIs with a proxy resource.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    request, headers, query = sent.request, dict(sent.headers), dict(sent.request.query)
    return {
        "resource": "/{proxy+}",
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {key: [value] for key, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} or None,
        "pathParameters": {"proxy": request.path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestId": sent.id,
            "stage": "greenshift",
            "identity": dict(_SOURCE),
        },
        "body": sent.body,
        "isBase64Encoded": False,
    }


def _load_balancer(sent: _Sent) -> dict[str, Any]:
    """An Application Load Balancer without multi-value headers; it does not decode the query.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    request = sent.request
    target = "arn:aws:elasticloadbalancing:greenshift:000000000000:targetgroup/greenshift/0"
    return {
        "requestContext": {"elb": {"targetGroupArn": target}},
        "httpMethod": request.method,
        "path": request.path,
        "queryStringParameters": {quote(k): quote(v) for k, v in request.query.items()},
        "headers": sent.lower,
        "body": sent.body or "",
        "isBase64Encoded": False,
    }


_FORMS: Mapping[HttpForm, Callable[[_Sent], dict[str, Any]]] = {
    "apiGatewayV2": _api_gateway_v2,
    "apiGatewayV1": _api_gateway_v1,
    "alb": _load_balancer,
    "functionUrl": _api_gateway_v2,
}
