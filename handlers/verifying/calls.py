"""The event of a check, whatever kind of call it is."""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.domain.probe.message_event import message_event
from handlers.domain.probe.probe_event import http_event
from handlers.domain.release.checks import Check
from handlers.verifying.suite import Suite


def event_of(check: Check, suite: Suite) -> Mapping[str, Any]:
    """What a version is called with; of a check that has its variables filled in."""
    if check.http is not None:
        return http_event(check.http, check.name)
    if check.message is not None:
        return message_event(check.message, check.name, iso(now()))
    found: Mapping[str, Any] = suite.files[str(check.event)]
    return found
