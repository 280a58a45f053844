"""Evidence as the ledger keeps it, and back: the same verdict can be judged from what was kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.domain.codec import decode, encode
from handlers.domain.verdict.alarms import AlarmSigns
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.better import exchanged
from handlers.domain.verdict.evidence import Evidence, Throttled, older_key
from handlers.domain.verdict.finished import Share
from handlers.domain.verdict.push_signs import PushSigns
from handlers.domain.verdict.signs import tolerated_odds
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.synthetic_strata import CheckStrata
from handlers.domain.verdict.tally import Tally, tally

MOST_ROWS = 8000
"""Strata that one verdict keeps, over all functions: a DynamoDB item holds 400 KB."""


def evidence_item(
    evidence: Evidence, settings: BakeSettings, *, most_rows: int = MOST_ROWS
) -> dict[str, Any]:
    """The evidence, counts by stratum. Of a bake of days the newest strata are kept as rows, and
    the older ones as their tally.
    """
    series = {
        "failures": evidence.strata,
        "latency": evidence.latency,
        "cost": evidence.cost,
        "metric": evidence.metrics,
    }
    room = max(1, most_rows // max(1, sum(map(len, series.values()))))
    older = dict(evidence.older)
    for metric, functions in series.items():
        for name, strata in functions.items():
            if len(strata) > room:
                key = older_key(metric, name)
                known = tally(strata[:-room], settings.rho_max, tolerated_odds(metric, settings))
                older[key] = known + older.get(key, Tally())
                if metric in ("failures", "metric"):
                    key = older_key("better", name)
                    known = tally(exchanged(strata[:-room]), settings.rho_max)
                    older[key] = known + older.get(key, Tally())
    return {
        "evidence": _kept(evidence.strata, room),
        "latency": _kept(evidence.latency, room),
        "cost": _kept(evidence.cost, room),
        "metrics": _kept(evidence.metrics, room),
        "newest": {key: _row(stratum) for key, stratum in evidence.newest.items()},
        "older": encode(older),
        "finished": {key: encode(shares) for key, shares in evidence.finished.items()},
        "throttled": encode(evidence.throttled),
        "damaged": evidence.damaged,
        "alarms": encode(evidence.alarms),
        "pushed": encode(evidence.pushed),
        "marked": list(evidence.marked),
        "greenServed": evidence.green_requests,
        "greenFailed": evidence.green_failures,
        "synthetic": {
            each.check: {"function": each.function, "strata": [_row(s) for s in each.strata]}
            for each in evidence.synthetic
        },
        "notCounted": list(evidence.not_counted),
    }


def evidence_of(item: Mapping[str, Any]) -> Evidence:
    """The evidence that a verdict's item keeps. Raises ValueError for one that cannot be read."""
    return Evidence(
        strata=_strata(item["evidence"]),
        latency=_strata(item["latency"]),
        cost=_strata(item["cost"]),
        metrics=_strata(item.get("metrics", {})),
        newest={key: Stratum(*row) for key, row in item["newest"].items()},
        older={key: decode(Tally, known) for key, known in item["older"].items()},
        finished={
            key: tuple(decode(Share, each) for each in shares)
            for key, shares in item["finished"].items()
        },
        throttled={key: decode(Throttled, each) for key, each in item["throttled"].items()},
        damaged=item["damaged"],
        alarms=decode(AlarmSigns, item["alarms"]),
        pushed=decode(PushSigns, item.get("pushed", {})),
        marked=tuple(item.get("marked", ())),
        green_requests=item["greenServed"],
        green_failures=item["greenFailed"],
        synthetic=tuple(
            CheckStrata(check, each["function"], tuple(Stratum(*row) for row in each["strata"]))
            for check, each in item.get("synthetic", {}).items()
        ),
        not_counted=tuple(item.get("notCounted", ())),
    )


def _kept(functions: Mapping[str, Sequence[Stratum]], room: int) -> dict[str, list[list[int]]]:
    return {key: [_row(each) for each in strata[-room:]] for key, strata in functions.items()}


def _strata(rows: Mapping[str, Sequence[Sequence[int]]]) -> dict[str, list[Stratum]]:
    return {key: [Stratum(*row) for row in each] for key, each in rows.items()}


def _row(each: Stratum) -> list[int]:
    """A stratum as start, green's requests and failures, blue's likewise."""
    return [
        each.start,
        each.green_requests,
        each.green_failures,
        each.blue_requests,
        each.blue_failures,
    ]
