"""Synthetic requests as evidence of their own, apart from real ones.

Both versions get the same check as often, side by side, in an order of chance: where they are
alike, which of the failures are green's is as much chance as where Lambda draws by the alias's
weight, and the same conditional test holds. Each check is tested by itself: blue may not know what
one of them asks for, and what it fails there must not make up for what green fails elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally


@dataclass(frozen=True, slots=True)
class CheckStrata:
    """The strata of one check of a function, one a round."""

    check: str
    function: str
    strata: tuple[Stratum, ...]


def tallies_of(checks: Iterable[CheckStrata], rho_max: float) -> dict[str, Tally]:
    """What is known of each function by its synthetic requests."""
    found: dict[str, Tally] = {}
    for each in checks:
        found[each.function] = found.get(each.function, Tally()) + tally(each.strata, rho_max)
    return found
