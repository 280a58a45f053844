"""Why a verdict fell, from what the ledger keeps of it: counts, e-values, thresholds, and the same
verdict judged again.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from handlers.adapters.clock import iso
from handlers.domain.codec import decode
from handlers.domain.hotfix import Hotfix
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.evidence import Evidence, older_key
from handlers.domain.verdict.evidence_items import evidence_of
from handlers.domain.verdict.function_record import needed_to_pass
from handlers.domain.verdict.tally import Tally, tally
from handlers.domain.verdict.verdict import judge

_NUMBERS = ("logEFail", "logEPassRelative", "logEPassAbsolute", "logEBetter")
_COUNTS = ("greenRequests", "greenFailures", "blueRequests", "blueFailures")
_SYNTHETIC = (
    "syntheticGreenRequests", "syntheticGreenFailures",
    "syntheticBlueRequests", "syntheticBlueFailures", "logESynthetic",
)  # fmt: skip


def explanation(record: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """One step's verdict as a document. `recomputed` is what the same counts give now, and `agrees`
    says whether it is what was stored.
    """
    settings, evidence = decode(BakeSettings, record["bake"]), evidence_of(item)
    before = {key: decode(Before, each) for key, each in record.get("before", {}).items()}
    hotfix = decode(Hotfix, record["hotfix"]) if record.get("hotfix") else None
    again = judge(evidence, settings, before, hotfix)
    recomputed = {
        "judged": again.word,
        "sentence": again.reason,
        "logEFail": again.log_e_fail,
        "logEPassRelative": again.log_e_pass_relative,
        "logEPassAbsolute": again.log_e_pass_absolute,
        "logEBetter": again.log_e_better,
        "greenRequests": again.green_requests,
        "greenFailures": again.green_failures,
        "blueRequests": again.blue_requests,
        "blueFailures": again.blue_failures,
    }
    made = again.synthetic
    counts = (made.green_requests, made.green_failures, made.blue_requests, made.blue_failures)
    told = zip(_SYNTHETIC, (*counts, again.log_e_synthetic), strict=True)
    # An item of an earlier version has none of them.
    recomputed |= {key: value for key, value in told if key in item}
    return {
        "deployment": record["deployment"],
        "step": item["step"],
        "weight": item["weight"],
        "at": item["at"],
        "hotfix": record.get("hotfix"),
        "verdict": item["verdict"],
        "next": item["next"],
        "reason": item["reason"],
        "asks": item.get("asks"),
        "told": item.get("told"),
        **{
            key: item.get(key)
            for key in ("judged", "by", "sentence", *_NUMBERS, *_COUNTS, *_SYNTHETIC)
        },
        "thresholds": {
            "alpha": settings.alpha,
            "beta": settings.beta,
            "rhoMax": settings.rho_max,
            "pTol": settings.p_tol,
            "latencyOdds": settings.latency_odds,
            "logEFail": -math.log(settings.alpha),
            "logEPass": math.log(needed_to_pass(settings)),
            "logEBetter": math.log(needed_to_pass(settings)),
        },
        "minutes": list(_minutes(evidence, settings)),
        "recomputed": recomputed,
        "agrees": all(_alike(value, item.get(key)) for key, value in recomputed.items()),
    }


def _minutes(evidence: Evidence, settings: BakeSettings) -> Iterator[dict[str, Any]]:
    """The counts of each stratum, with ln E of its function so far, or of the service's own metric
    or the synthetic check that stands in its place.
    """
    series = [(key, key, strata) for key, strata in evidence.strata.items()]
    series += [
        (name, older_key("metric", name), strata) for name, strata in evidence.metrics.items()
    ]
    series += [
        (f"{each.function} (synthetic: {each.check})", "", each.strata)
        for each in evidence.synthetic
    ]
    for key, older, strata in series:
        known = evidence.older.get(older, Tally())
        for stratum in strata:
            known += tally([stratum], settings.rho_max)
            yield {
                "function": key,
                "at": iso(stratum.start),
                "greenRequests": stratum.green_requests,
                "greenFailures": stratum.green_failures,
                "blueRequests": stratum.blue_requests,
                "blueFailures": stratum.blue_failures,
                "logEFail": known.log_e_fail,
            }


def _alike(value: object, stored: object) -> bool:
    if isinstance(value, float) and isinstance(stored, int | float):
        return math.isclose(value, stored, rel_tol=1e-6, abs_tol=1e-6)
    return value == stored
