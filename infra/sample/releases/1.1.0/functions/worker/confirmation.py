"""What confirming an order means in this release: it also gets a channel if it has none."""

from typing import Any

import database


def confirm(message: dict[str, Any]) -> None:
    """Confirms the order; a second time changes nothing. Raises if nobody placed it.

    A message of 1.0.0 names no channel: all that came by it came by the web.
    """
    rows = database.run("confirm_order", message["order"], message.get("channel", "web"))
    if not rows and not message.get("synthetic"):
        raise LookupError(f"there is no order {message['order']}")
