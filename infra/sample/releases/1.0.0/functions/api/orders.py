"""What an order is in this release."""

import uuid
from typing import Any

import database
import messages
import view
from release import RELEASE


class OrderError(Exception):
    """The order cannot be placed; the text says why."""


def place(wish: dict[str, Any], *, synthetic: bool) -> dict[str, Any]:
    """Stores the order and tells the worker. A synthetic one comes from a check, not a customer."""
    sku, quantity = wish.get("sku"), wish.get("quantity")
    if not isinstance(sku, str) or not 1 <= len(sku) <= 64:
        raise OrderError("sku must be a text of 1 to 64 letters")
    if type(quantity) is not int or not 1 <= quantity <= 1000:
        raise OrderError("quantity must be a whole number from 1 to 1000")
    key = str(uuid.uuid4())
    database.run("place_order", key, sku, quantity, synthetic)
    messages.send({"order": key, "synthetic": synthetic})
    return view.order(key, sku, quantity, "pending")


def find(key: str) -> dict[str, Any] | None:
    """The order, or None."""
    try:
        uuid.UUID(key)
    except ValueError:
        return None
    rows = database.run("find_order", key)
    return view.order(*rows[0]) if rows else None


def health() -> dict[str, Any]:
    """Whether orders can be stored; raises if not."""
    database.run("health")
    return {"status": "ok", "release": RELEASE}
