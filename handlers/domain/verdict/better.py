"""Is green better than blue? The fail test with its arms exchanged.

A stratum's failures are drawn by the alias, so "green has at least blue's odds of failing" is what
"green has at most blue's odds" is with the versions' names exchanged, and the same bets speak
against it: under it each e-value is at most 1 on average, and the chance that their product over
strata ever reaches 2/beta is at most beta/2. Over several things that are red the e-values are
averaged: what is proved is that green is better in at least one of them.

Where nothing was to compare, as all moved at once or blue has recovered, the other half of beta has
the absolute test: what was shown to fail more than p_tol of its requests is shown to fail less.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.hotfix import Hotfix
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.e_process import log_e_absolute, log_mean_exp
from handlers.domain.verdict.evidence import Evidence, older_key
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally


@dataclass(frozen=True, slots=True)
class Better:
    """Ln E against "green is better in none of `names`", the greater of both tests', and of those
    the `name` that speaks most for green, with its tally.
    """

    log_e: float
    names: tuple[str, ...]
    name: str
    tally: Tally


def better(
    hotfix: Hotfix | None,
    failures: Mapping[str, Tally],
    evidence: Evidence,
    settings: BakeSettings,
) -> Better | None:
    """How well green is shown better in what was red; None where the test is not turned round.

    Where the release changes nothing of that, or an alarm alone was red, it is anything judged.
    """
    series = {**evidence.metrics, **evidence.strata}
    if hotfix is None or not hotfix.turns or not series:
        return None
    red = tuple(name for name in hotfix.red if name in series)
    names = red or tuple(sorted(series))
    known = {name: failures.get(name) or _own(name, evidence, settings) for name in names}
    beside = {name: _beside(name, series[name], evidence, settings) for name in names}
    alone = {
        name: log_e_absolute(each.green_requests, each.green_failures, settings.p_tol)
        for name, each in known.items()
        if name in red and not each.compares
    }
    best = max(names, key=lambda name: max(beside[name], alone.get(name, -math.inf)))
    log_e = max(_mean(beside, len(names)), _mean(alone, len(names)))
    return Better(log_e, names, best, known[best])


def exchanged(strata: Iterable[Stratum]) -> list[Stratum]:
    """The strata with blue in green's place, and green in blue's."""
    return [
        Stratum(s.start, s.blue_requests, s.blue_failures, s.green_requests, s.green_failures)
        for s in strata
    ]


def _mean(logs: Mapping[str, float], names: int) -> float:
    """Ln of the mean over so many names, where one that is not there has nothing."""
    return log_mean_exp([*logs.values()]) + math.log(len(logs) / names) if logs else -math.inf


def _beside(
    name: str, strata: Sequence[Stratum], evidence: Evidence, settings: BakeSettings
) -> float:
    known = tally(exchanged(strata), settings.rho_max)
    return (known + evidence.older.get(older_key("better", name), Tally())).log_e_fail


def _own(name: str, evidence: Evidence, settings: BakeSettings) -> Tally:
    known = tally(evidence.metrics[name], settings.rho_max)
    return known + evidence.older.get(older_key("metric", name), Tally())
