"""Answers every request with the same greeting."""

import json
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """An answer of an HTTP API."""
    return {"statusCode": 200, "body": json.dumps({"hello": "world"})}
