"""Reads the settings of the bake, of a release or of a registration's defaults."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast, get_args

from handlers.domain.findings import Finding
from handlers.domain.reading.inspection import Inspection
from handlers.domain.reading.places import Places
from handlers.domain.reading.section import Section
from handlers.domain.verdict.bake_settings import BakeSettings, Inconclusive

BAKE_KEYS = (
    "alpha", "beta", "pTol", "rhoMax", "latencyOdds", "stratumSeconds", "settleSeconds",
    "inconclusive", "askMinutes",
)  # fmt: skip
LONGEST_SECONDS = 3600
LONGEST_ASKING = 1440
"""Minutes: a day."""


def read_bake(
    values: Mapping[str, object], *, places: Places, defaults: BakeSettings | None = None
) -> tuple[BakeSettings, list[Finding]]:
    """The settings of a `bake` table over `defaults`; a wrong one is a finding and its default."""
    inspection = Inspection(places)
    section = Section(inspection, ("bake",), values, keys=BAKE_KEYS)
    return bake_of(section, defaults or BakeSettings()), inspection.findings


def bake_of(section: Section, defaults: BakeSettings) -> BakeSettings:
    """The same for a section that is already being read; findings go to its inspection."""
    given = {
        "alpha": section.number("alpha", above=0, below=1),
        "beta": section.number("beta", above=0, below=1),
        "p_tol": section.number("pTol", above=0, below=1),
        "rho_max": section.number("rhoMax", above=1, most=1000),
        "latency_odds": section.number("latencyOdds", above=1, most=1000),
        "stratum_seconds": stratum(section, "stratumSeconds"),
        "settle_seconds": section.whole("settleSeconds", 0, LONGEST_SECONDS),
        "inconclusive": cast(
            Inconclusive | None, section.word("inconclusive", get_args(Inconclusive))
        ),
        "ask_minutes": section.number("askMinutes", above=0, most=LONGEST_ASKING),
    }
    present = {name: value for name, value in given.items() if value is not None}
    return replace(defaults, **present)  # type: ignore[arg-type]


def stratum(section: Section, key: str) -> int | None:
    """A stratum's length in seconds: 1, 5, 10, 30 or whole minutes, as CloudWatch's periods."""
    seconds = section.whole(key, 1, LONGEST_SECONDS)
    if seconds is None or seconds in (1, 5, 10, 30) or seconds % 60 == 0:
        return seconds
    section.refuse("OutOfRange", key, "1, 5, 10, 30 or a multiple of 60")
    return None
