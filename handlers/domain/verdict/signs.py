"""The signs against green that the fail test averages: failures, latency, cost, hanging, and the
metrics of the service's own.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.e_process import log_mean_exp
from handlers.domain.verdict.evidence import Evidence, older_key
from handlers.domain.verdict.finished import Share, log_e_hangs
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally

_NOTHING = Tally()
Metric = Literal["failures", "latency", "cost", "hang", "metric", "synthetic"]


@dataclass(frozen=True, slots=True)
class Sign:
    """One metric of one function: its weight in the average, which is fixed before anything is
    seen, and ln E. `shares` are those of `hang`, the others have a tally. `function` is the
    function's key, or the name of the service's own `metric`, which is none; `check` is the name of
    the check that was sent, of `synthetic` ones.
    """

    metric: Metric
    function: str
    weight: float
    log_e: float
    tally: Tally = _NOTHING
    shares: Sequence[Share] = ()
    check: str = ""

    @property
    def says(self) -> float:
        """Its part in the average, as a logarithm."""
        return self.log_e + math.log(self.weight)


def tolerated_odds(metric: str, settings: BakeSettings) -> float:
    """So many times blue's odds green may have before the metric speaks against it."""
    return settings.latency_odds if metric in ("latency", "cost") else 1.0


def tally_failures(evidence: Evidence, settings: BakeSettings) -> dict[str, Tally]:
    """What is known of each function's failures."""
    return {
        name: tally(strata, settings.rho_max) + evidence.older.get(name, Tally())
        for name, strata in evidence.strata.items()
    }


def signs(failures: Mapping[str, Tally], evidence: Evidence, settings: BakeSettings) -> list[Sign]:
    """All signs. Failures have half of the average, and all of it where nothing else is judged."""
    others = list(_others(evidence, settings))
    beside = len(others) + len(evidence.synthetic)
    half = 0.5 if beside else 1.0
    found = [
        Sign("failures", name, half / len(failures), known.log_e_fail, known)
        for name, known in sorted(failures.items())
    ]
    for metric, name, known, shares in others:
        log_e = log_e_hangs(shares) if metric == "hang" else known.log_e_fail
        found.append(Sign(metric, name, half / beside, log_e, known, shares))
    for each in evidence.synthetic:
        known = tally(each.strata, settings.rho_max)
        log_e, weight = known.log_e_fail, half / beside
        found.append(Sign("synthetic", each.function, weight, log_e, known, check=each.check))
    return found


def log_e_of(found: Sequence[Sign]) -> float:
    """Ln E of the average, valid however the signs depend on each other; 0 where there are none."""
    if not found:
        return 0.0
    return log_mean_exp([sign.log_e for sign in found], [sign.weight for sign in found])


def _others(
    evidence: Evidence, settings: BakeSettings
) -> Iterator[tuple[Metric, str, Tally, Sequence[Share]]]:
    measured: tuple[tuple[Metric, Mapping[str, Sequence[Stratum]]], ...] = (
        ("latency", evidence.latency),
        ("cost", evidence.cost),
        ("metric", evidence.metrics),
    )
    for metric, series in measured:
        for name, strata in sorted(series.items()):
            known = tally(strata, settings.rho_max, tolerated_odds(metric, settings))
            known += evidence.older.get(older_key(metric, name), Tally())
            yield metric, name, known, ()
    for name, shares in sorted(evidence.finished.items()):
        yield "hang", name, _NOTHING, shares
