"""What confirming an order means in this release."""

from typing import Any

import database


def confirm(message: dict[str, Any]) -> None:
    """Confirms the order; a second time changes nothing. Raises if nobody placed it.

    Keys that this release does not know come from another one and are left alone.
    """
    rows = database.run("confirm_order", message["order"])
    if not rows and not message.get("synthetic"):
        raise LookupError(f"there is no order {message['order']}")
