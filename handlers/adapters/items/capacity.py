"""How fast a table may be gone through: so many capacity units a second, reads and writes."""

import time
from dataclasses import dataclass, field

_ROUND_SECONDS = 0.5
_MOST_ITEMS = 500
_FIRST_ITEMS = 25


@dataclass(slots=True)
class Capacity:
    """What was used and how fast; sleeps so that the mean rate stays at `per_second`."""

    per_second: int
    segments: int
    _began: float = field(default_factory=time.monotonic)
    _used: float = 0.0
    _items: int = 0

    def items(self) -> int:
        """How many items a segment may read next, from what an item has cost so far."""
        if not self._items:
            return max(1, min(_FIRST_ITEMS, self.per_second // self.segments))
        affordable = self.per_second * _ROUND_SECONDS / self.segments
        cost = max(self._used / self._items, 0.01)
        return max(1, min(_MOST_ITEMS, int(affordable / cost)))

    def use(self, units: float, items: int) -> float:
        """Notes what a round has cost; answers for how many seconds to pause before the next."""
        self._used += units
        self._items += items
        return max(0.0, self._began + self._used / self.per_second - time.monotonic())
