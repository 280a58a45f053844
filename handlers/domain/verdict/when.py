"""Which strata are evidence, by the flips and by their age."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.domain.verdict.counts import Counts
from handlers.domain.verdict.stratum import Stratum


@dataclass(frozen=True, slots=True)
class Flip:
    """The moment (epoch seconds) at which an alias of the service moved for the step of `weight`
    per cent: that of `function`, which since then sends green the `share` (0 to 1) of its requests.
    """

    at: float
    weight: int
    function: str = ""
    share: float = 0.0


class When:
    """Which strata count: after the first shift, outside the flips, old enough."""

    def __init__(self, flips: Sequence[Flip], now: float, seconds: int, settle: float) -> None:
        self.flips, self.now, self.seconds = flips, now, seconds
        self._flipped = {int(flip.at // seconds) * seconds for flip in flips}
        self._shifted = min((flip.at for flip in flips if flip.weight > 0), default=math.inf)
        self._settle = settle

    def shifted(self, start: int) -> bool:
        """Whether any of the stratum lies after the first shift."""
        return start + self.seconds > self._shifted

    def settled(self, start: int, age: float | None = None) -> bool:
        """Whether its end is old enough to be judged, or `age` seconds."""
        return start <= self.now - (self._settle if age is None else age) - self.seconds

    def closed(self, strata: Iterable[Stratum]) -> tuple[Stratum, ...]:
        """Those that have settled and lie inside one step."""
        return tuple(s for s in strata if self.settled(s.start) and s.start not in self._flipped)

    def is_closed(self, start: int) -> bool:
        """Whether the stratum that begins there is one of those, after the first shift."""
        return self.shifted(start) and self.settled(start) and start not in self._flipped

    def share(self, function: str, start: int) -> float:
        """Green's share of a function's requests in a stratum; 0 where a flip fell into it."""
        if start in self._flipped:
            return 0.0
        own = [flip for flip in self.flips if flip.function == function and flip.at <= start]
        return max(own, key=lambda flip: flip.at).share if own else 0.0

    def summed(self, *series: Counts) -> tuple[dict[int, int], set[int]]:
        """The sums by stratum, and the strata in which a count is negative or no number."""
        sums: dict[int, float] = {}
        damaged: set[int] = set()
        for at, value in (point for each in series for point in each.items()):
            start = at // self.seconds * self.seconds
            if math.isfinite(value) and value >= 0:
                sums[start] = sums.get(start, 0.0) + value
            elif self.shifted(start):
                damaged.add(start)
        return {start: round(value) for start, value in sums.items()}, damaged
