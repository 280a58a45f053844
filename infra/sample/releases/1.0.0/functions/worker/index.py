"""The worker of orders: confirms what the API has placed."""

import json
import traceback
from typing import Any

import confirmation
from greenshift_outcome import outcome


@outcome(service="orders")
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Handles a batch; only the messages that failed come again."""
    failed = []
    for record in event["Records"]:
        try:
            confirmation.confirm(json.loads(record["body"]))
        except Exception:  # noqa: BLE001 - one bad message must not take the others along
            traceback.print_exc()
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
