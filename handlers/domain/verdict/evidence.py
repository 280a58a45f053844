"""What the verdict is judged from, by function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.domain.verdict.alarms import AlarmSigns
from handlers.domain.verdict.finished import Share
from handlers.domain.verdict.push_signs import PushSigns
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.synthetic_strata import CheckStrata
from handlers.domain.verdict.tally import Tally

_NO_ALARMS = AlarmSigns()
_NOTHING_PUSHED = PushSigns()


@dataclass(frozen=True, slots=True)
class Throttled:
    """What one poll shows of requests that Lambda turned away, beside those that it took."""

    requests: int
    throttled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of green, and of blue beside it.

    `strata` are closed and lie inside one step; `newest` has not settled and is for the veto, as is
    `throttled`. In those of `latency` and `cost` a request "fails" that is beyond blue's p95;
    `metrics` has those of the service's own, by the metric's name.
    `older` are further closed strata of which only the tally is left, by `older_key`. `finished`
    has the shares that tell a hanging green. `damaged` counts strata left out because a count in
    them was no count; `alarms` are the owner's, `pushed` is what green's log said. `marked` are
    the functions whose blue counts the failures it answers. `green_requests` and `green_failures`
    are summed over all since the first flip: settled or not, and also what fell into a flip.
    `synthetic` are requests that Greenshift made itself, which are in none of the other counts;
    `not_counted` tells of those that no version is to blame for.
    """

    strata: Mapping[str, Sequence[Stratum]]
    newest: Mapping[str, Stratum] = field(default_factory=dict)
    latency: Mapping[str, Sequence[Stratum]] = field(default_factory=dict)
    cost: Mapping[str, Sequence[Stratum]] = field(default_factory=dict)
    metrics: Mapping[str, Sequence[Stratum]] = field(default_factory=dict)
    older: Mapping[str, Tally] = field(default_factory=dict)
    finished: Mapping[str, Sequence[Share]] = field(default_factory=dict)
    throttled: Mapping[str, Throttled] = field(default_factory=dict)
    damaged: int = 0
    alarms: AlarmSigns = _NO_ALARMS
    pushed: PushSigns = _NOTHING_PUSHED
    marked: tuple[str, ...] = ()
    green_requests: int = 0
    green_failures: int = 0
    synthetic: tuple[CheckStrata, ...] = ()
    not_counted: tuple[str, ...] = ()


def older_key(metric: str, name: str) -> str:
    """The key in `older` of a function's failures, which is its name, or of another metric."""
    return name if metric == "failures" else f"{metric}:{name}"
