"""Have things got worse since the shift? Blue, and a green that is alone, against the record that
blue had before it.

Hours are no experiment, as the alias's draw is: what is found here stops the shift, and is neither
a proof against green nor, where blue got worse, one for it. Where functions of a service feed one
another, a blue consumer that chokes on green's messages is seen here alone.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.e_process import ODDS_RATIOS, log_mean_exp
from handlers.domain.verdict.tally import Tally


@dataclass(frozen=True, slots=True)
class Worse:
    """Ln E against "nothing got worse", and the version of a function that speaks most, held
    against the record `before`.
    """

    log_e: float
    function: str
    version: str
    requests: int
    failures: int
    before: Before


def worse(
    tallies: Mapping[str, Tally], before: Mapping[str, Before], settings: BakeSettings
) -> Worse | None:
    """What got worse since the shift, if anything did, averaged over functions and versions."""
    found = list(_each(tallies, before))
    if not found or log_mean_exp([each.log_e for each in found]) < -math.log(settings.alpha):
        return None
    return max(found, key=lambda each: each.log_e)


def log_e_above(requests: int, failures: int, ceiling: float) -> float:
    """Ln E against "at most the share `ceiling` of requests fails"; it bets on higher odds."""
    bets = []
    for ratio in ODDS_RATIOS:
        share = ratio * ceiling / (1 - ceiling + ratio * ceiling)
        answered = math.log1p(-share) - math.log1p(-ceiling)
        bets.append(failures * math.log(share / ceiling) + (requests - failures) * answered)
    return log_mean_exp(bets)


def _each(tallies: Mapping[str, Tally], before: Mapping[str, Before]) -> Iterator[Worse]:
    for name, known in sorted(tallies.items()):
        record = before.get(name, Before())
        blue = known.blue_requests, known.blue_failures
        # What blue did beside green is a record of it as well, for the green that is alone. A blue
        # that was red may get worse: that is what its hotfix is for.
        green = known.alone_requests, known.alone_failures
        if not record.red:
            yield from _held("blue", name, blue, record)
        yield from _held("green", name, green, record.with_more(*blue))


def _held(version: str, name: str, counts: tuple[int, int], record: Before) -> Iterator[Worse]:
    if record.ceiling is not None:
        yield Worse(log_e_above(*counts, record.ceiling), name, version, *counts, record)
