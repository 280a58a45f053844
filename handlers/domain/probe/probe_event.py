"""The event by which a declared HTTP check calls a version, as API Gateway's HTTP API would
(payload format 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
from typing import Any
from urllib.parse import urlencode

from handlers.domain.release.checks import HttpRequest

SYNTHETIC = "x-greenshift-synthetic"
"""The header that marks a request as a check, so that a service can keep it out of its books."""


def http_event(request: HttpRequest, name: str) -> dict[str, Any]:
    """The event of one check; `name` is the check's, sent as the synthetic header's value."""
    headers = {key.lower(): value for key, value in request.headers.items()}
    body = request.body
    if request.json is not None:
        body = json.dumps(request.json)
        headers.setdefault("content-type", "application/json")
    headers[SYNTHETIC] = name
    path = request.path.partition("?")[0]
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(request.query),
        "headers": headers,
        **({"queryStringParameters": dict(request.query)} if request.query else {}),
        "requestContext": {
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "greenshift",
            },
            "requestId": f"greenshift-{name}",
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": False,
        **({"body": body} if body is not None else {}),
    }
