"""How clients see an order: with the days until it arrives."""

import os
from typing import Any

DELIVERY_DAYS = {
    "book": 3,
    "chair": 14,
    "clock": 4,
    "desk": 14,
    "gift": 0,
    "glass": 5,
    "knife": 4,
    "lamp": 7,
    "map": 3,
    "mug": 5,
    "pen": 3,
    "plant": 2,
}


def order(key: object, sku: str, quantity: int, state: str, channel: str | None) -> dict[str, Any]:
    """The order as clients see it. One that 1.0.0 placed may have no channel yet."""
    shown: dict[str, Any] = {"id": str(key), "sku": sku, "quantity": quantity, "state": state}
    if os.environ.get("FEATURE_CHANNEL") == "on":
        shown["channel"] = channel
    shown["deliveryDays"] = DELIVERY_DAYS[sku.partition("-")[0]]
    return shown
