"""What the ledger remembers of configuration overlays, by function."""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.ledger.ledger import Ledger, Put


class Overlays:
    """The items `OVERLAY#<function>` of a service."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def remembered(self, service: str, function: str) -> dict[str, Any]:
        """By setting, the stack's `base` and the values that overlays `set`."""
        item = self._ledger.get(f"SERVICE#{service}", f"OVERLAY#{function}")
        return {} if item is None else dict(item["settings"])

    def remember(self, service: str, function: str, settings: Mapping[str, Any]) -> None:
        """Writes it, before the function is changed."""
        self._ledger.put(
            Put(
                {
                    "pk": f"SERVICE#{service}",
                    "sk": f"OVERLAY#{function}",
                    "settings": dict(settings),
                }
            )
        )
