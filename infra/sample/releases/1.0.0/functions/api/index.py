"""The HTTP API of orders: POST /orders, GET /orders/{id}, GET /health."""

import base64
import json
import traceback
from typing import Any

import orders
from greenshift_outcome import outcome
from release import RELEASE

Answer = tuple[int, dict[str, Any]]


@outcome(service="orders")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers one request, whatever happens; the headers say which release answered."""
    try:
        status, body = route(event)
    except Exception:  # noqa: BLE001 - a client gets an answer, not a stack trace
        traceback.print_exc()
        status, body = 500, {"message": "something went wrong; try again"}
    return {
        "statusCode": status,
        "headers": {
            "content-type": "application/json",
            "x-orders-release": RELEASE,
            "x-orders-version": context.function_version,
        },
        "body": json.dumps(body),
    }


def route(event: dict[str, Any]) -> Answer:
    """The answer to a request of payload format 2.0."""
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    if (method, path) == ("POST", "/orders"):
        return post(event)
    if method == "GET" and path.startswith("/orders/"):
        found = orders.find(path.removeprefix("/orders/"))
        return (200, found) if found else (404, {"message": "there is no such order"})
    if (method, path) == ("GET", "/health"):
        return 200, orders.health()
    return 404, {"message": f"there is no {method} {path}"}


def post(event: dict[str, Any]) -> Answer:
    """Places the order that the body describes."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    try:
        wish = json.loads(body)
    except ValueError:
        wish = None
    if not isinstance(wish, dict):
        return 400, {"message": "the body is not a JSON object"}
    try:
        order = orders.place(wish, synthetic="x-greenshift-synthetic" in event["headers"])
    except orders.OrderError as refused:
        return 400, {"message": str(refused)}
    return 201, order
