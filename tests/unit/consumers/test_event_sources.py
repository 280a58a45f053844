"""Event source mappings as Lambda lists them."""

from types import SimpleNamespace
from typing import Any

from handlers.adapters.functions.event_sources import event_sources

AT = "eu-central-1:123456789012"
WORKER = f"arn:aws:lambda:{AT}:function:orders-worker"
QUEUE = f"arn:aws:sqs:{AT}:orders"


def listing(*mappings: dict[str, Any]) -> Any:
    """A client that lists them, a page each."""
    pages = [{"EventSourceMappings": [each]} for each in mappings]
    return SimpleNamespace(get_paginator=lambda name: SimpleNamespace(paginate=lambda: iter(pages)))


def test_every_mapping_of_a_function_is_found_whatever_it_calls() -> None:
    found = event_sources(
        listing(
            {"FunctionArn": f"{WORKER}:live", "EventSourceArn": QUEUE, "State": "Enabled"},
            {"FunctionArn": WORKER, "EventSourceArn": QUEUE, "State": "Disabling"},
            {"FunctionArn": f"{WORKER}:$LATEST", "EventSourceArn": QUEUE},
            {"FunctionArn": f"{WORKER}:3"},
            {"FunctionArn": f"{WORKER}-other:live", "EventSourceArn": QUEUE},
            {"UUID": "it is being made"},
        ),
        ["orders-worker", "orders-api"],
    )
    assert found["orders-api"] == ()
    assert [(each.qualifier, each.enabled, each.is_bare) for each in found["orders-worker"]] == [
        ("live", True, False),
        ("", False, True),
        ("$LATEST", True, True),
        ("3", True, False),
    ]
    assert [each.keeps_order for each in found["orders-worker"]] == [False, False, False, True]
