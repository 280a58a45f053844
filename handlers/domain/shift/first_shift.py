"""When green got its first traffic."""

import math
from collections.abc import Iterable, Mapping
from typing import Any


def first_shift(flips: Iterable[Mapping[str, Any]]) -> float:
    """The moment (epoch seconds) of the first flip that gave green a weight, as the ledger has
    them; infinity before.
    """
    return min(
        (each["at"] for each in flips if "at" in each and each["weight"] > 0), default=math.inf
    )
