"""What the verdict is judged from, by function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of green, and of blue beside it.

    `strata` are closed and lie inside one step; `newest` has not settled and is for the veto.
    `older` are further closed strata of which only the tally is left. `green_requests` and
    `green_failures` are summed over all since the first flip: settled or not, and also what fell
    into a flip.
    """

    strata: Mapping[str, Sequence[Stratum]]
    newest: Mapping[str, Stratum] = field(default_factory=dict)
    older: Mapping[str, Tally] = field(default_factory=dict)
    green_requests: int = 0
    green_failures: int = 0
