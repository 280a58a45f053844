"""How much of a minute real traffic leaves to be filled."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from random import Random

from handlers.domain.synthetic.requests import SyntheticCheck
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.stratum import Stratum

MINUTE = 60


def real_a_minute(
    strata: Iterable[Stratum],
    before: Before,
    share: float,
    *,
    settled_at: float,
    stepped_at: float,
) -> float:
    """Real requests that green gets a minute: those of the last minute that has settled, by the
    epoch second `settled_at`. Where it began before the step did (`stepped_at`), what green's
    `share` of blue's traffic before the shift would be.
    """
    if settled_at - MINUTE < stepped_at:
        return share * before.requests / max(before.minutes, 1)
    return sum(each.green_requests for each in strata if each.start >= settled_at - MINUTE)


def missing(per_minute: int, real: float) -> int:
    """So many synthetic requests fill the minute; 0 where real traffic does. It depends on how many
    requests there were and never on how they ended, so that no verdict is looked for.
    """
    return max(0, per_minute - round(real))


def order(checks: Sequence[SyntheticCheck], count: int, minute: int) -> list[SyntheticCheck]:
    """So many checks, each as often as the others but for one, in an order of chance: the same
    for the same minute.
    """
    if not checks:
        return []
    first = minute // MINUTE % len(checks)
    found = list(islice(cycle([*checks[first:], *checks[:first]]), count))
    shuffled(minute).shuffle(found)
    return found


def shuffled(seed: int) -> Random:
    """Chance that is the same for the same minute: it keeps no secret."""
    return Random(seed)  # noqa: S311
