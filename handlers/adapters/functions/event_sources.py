"""The event source mappings of functions, whatever they call."""

from collections.abc import Iterable
from typing import Any

from handlers.domain.consumers.source import EventSource

_QUALIFIED = 8
"""Parts of a function's ARN that ends in an alias or a version."""


def event_sources(lambda_client: Any, names: Iterable[str]) -> dict[str, tuple[EventSource, ...]]:
    """By function, every mapping on it, also those that are disabled.

    The account's are listed once and whole: a listing by function is by one qualifier, and which
    there are is the question.
    """
    found: dict[str, list[EventSource]] = {name: [] for name in names}
    pages = lambda_client.get_paginator("list_event_source_mappings").paginate()
    for mapping in (each for page in pages for each in page["EventSourceMappings"]):
        # Lambda lists a mapping without its function while it is being created.
        parts = mapping.get("FunctionArn", "").split(":")
        if len(parts) >= _QUALIFIED - 1 and parts[6] in found:
            qualifier = parts[7] if len(parts) >= _QUALIFIED else ""
            found[parts[6]].append(_source(mapping, qualifier))
    return {name: tuple(each) for name, each in found.items()}


def _source(mapping: dict[str, Any], qualifier: str) -> EventSource:
    destination = (mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
    return EventSource(
        arn=mapping.get("EventSourceArn") or "",
        qualifier=qualifier,
        enabled=mapping.get("State", "Enabled") not in ("Disabled", "Disabling"),
        window_seconds=mapping.get("MaximumBatchingWindowInSeconds") or 0,
        retries=mapping.get("MaximumRetryAttempts"),
        most_age_seconds=mapping.get("MaximumRecordAgeInSeconds"),
        on_failure=destination.get("Destination"),
    )
