"""Evidence as the ledger keeps it, and back: the same verdict can be judged from what was kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.domain.codec import decode, encode
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally

MOST_ROWS = 8000
"""Strata that one verdict keeps, over all functions: a DynamoDB item holds 400 KB."""


def evidence_item(
    evidence: Evidence, settings: BakeSettings, *, most_rows: int = MOST_ROWS
) -> dict[str, Any]:
    """The evidence, counts by stratum. Of a bake of days the newest strata are kept as rows, and
    the older ones as their tally.
    """
    room = max(1, most_rows // max(1, len(evidence.strata)))
    older = {
        key: tally(strata[:-room], settings.rho_max)
        for key, strata in evidence.strata.items()
        if len(strata) > room
    }
    return {
        "evidence": {key: _rows(strata[-room:]) for key, strata in evidence.strata.items()},
        "newest": {key: _rows([stratum])[0] for key, stratum in evidence.newest.items()},
        "older": encode(older),
        "greenServed": evidence.green_requests,
        "greenFailed": evidence.green_failures,
    }


def evidence_of(item: Mapping[str, Any]) -> Evidence:
    """The evidence that a verdict's item keeps. Raises ValueError for one that cannot be read."""
    return Evidence(
        strata={key: [Stratum(*row) for row in rows] for key, rows in item["evidence"].items()},
        newest={key: Stratum(*row) for key, row in item.get("newest", {}).items()},
        older={key: decode(Tally, known) for key, known in item.get("older", {}).items()},
        green_requests=item["greenServed"],
        green_failures=item["greenFailed"],
    )


def _rows(strata: Sequence[Stratum]) -> list[list[int]]:
    """Each stratum as start, green's requests and failures, blue's likewise."""
    return [
        [
            each.start,
            each.green_requests,
            each.green_failures,
            each.blue_requests,
            each.blue_failures,
        ]
        for each in strata
    ]
