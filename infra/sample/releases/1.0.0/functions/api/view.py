"""How clients see an order."""

from typing import Any


def order(key: object, sku: str, quantity: int, state: str) -> dict[str, Any]:
    """The order as clients see it."""
    return {"id": str(key), "sku": sku, "quantity": quantity, "state": state}
