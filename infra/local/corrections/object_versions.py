"""The version of an object in S3's events on EventBridge.

AWS: `detail.object["version-id"]` in the events of a bucket with versioning.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
Stock MiniStack: knows the version for notifications, and leaves it out of EventBridge's event.
Patch: the version is kept while the event is fired, and added where it is dispatched.
"""

import contextvars
import json
from typing import Any

from infra.local.patching import when_imported

_version: contextvars.ContextVar[str | None] = contextvars.ContextVar("version", default=None)


def apply() -> None:
    """Patches S3's sender and EventBridge's dispatcher."""
    when_imported("ministack.services.s3", _patch_storage)
    when_imported("ministack.services.eventbridge", _patch_bus)


def _patch_storage(s3: Any) -> None:
    fire = s3._fire_s3_event

    def fire_with_version(*arguments: Any, **named: Any) -> None:
        token = _version.set(named.get("version_id"))
        try:
            fire(*arguments, **named)
        finally:
            _version.reset(token)

    s3._fire_s3_event = fire_with_version


def _patch_bus(eventbridge: Any) -> None:
    dispatch = eventbridge._dispatch_event

    def dispatch_with_version(event: dict[str, Any], *arguments: Any) -> Any:
        version = _version.get()
        if version and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"].setdefault("version-id", version)
            event = {**event, "Detail": json.dumps(detail)}
        return dispatch(event, *arguments)

    eventbridge._dispatch_event = dispatch_with_version
