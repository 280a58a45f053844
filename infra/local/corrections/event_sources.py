"""In whose name events are put, for policies that say so.

AWS: `events:source` and `events:detail-type` hold those of the entries of a `PutEvents`.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
Stock MiniStack: never sets them, so that a policy that asks for one allows nothing, and
`ForAllValues` of it everything. Patch: taken from the entries.
"""

import json
from typing import Any

from infra.local.patching import when_imported

_KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}


def apply() -> None:
    """Patches what is known of a request when its permission is asked for."""
    when_imported("ministack.core.iam_actions", _patch)


def _patch(iam_actions: Any) -> None:
    context_of = iam_actions.request_tag_context

    def context_with_sources(service: str, action: str, body: bytes, *rest: Any) -> dict[str, Any]:
        context: dict[str, Any] = context_of(service, action, body, *rest)
        if action != "events:PutEvents":
            return context
        try:
            entries = [each for each in json.loads(body)["Entries"] if isinstance(each, dict)]
        except (ValueError, KeyError, TypeError):
            return context
        found = {
            key: sorted({str(each[name]) for each in entries if name in each})
            for key, name in _KEYS.items()
        }
        # One name can be compared as a single value as well.
        return {
            **context,
            **{key: values if values[1:] else values[0] for key, values in found.items() if values},
        }

    iam_actions.request_tag_context = context_with_sources
