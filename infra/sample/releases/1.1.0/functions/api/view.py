"""How clients see an order: with the channel that it came by."""

import os
from typing import Any


def order(key: object, sku: str, quantity: int, state: str, channel: str | None) -> dict[str, Any]:
    """The order as clients see it. One that 1.0.0 placed may have no channel yet."""
    shown: dict[str, Any] = {"id": str(key), "sku": sku, "quantity": quantity, "state": state}
    if os.environ.get("FEATURE_CHANNEL") == "on":
        shown["channel"] = channel
    return shown
