"""A record of counts judged again, minute after minute, as the bake would have looked at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally
from handlers.domain.verdict.verdict import Judgement, judge_tallies


@dataclass(frozen=True, slots=True)
class Replayed:
    """The first verdict, and the start of the stratum after which it fell; None and the judgement
    on everything where none did.
    """

    judgement: Judgement
    at: int | None


def replay(strata: Iterable[Stratum], settings: BakeSettings) -> Replayed:
    """The verdict on one function's strata, which are taken in the order of their starts; each is
    the newest poll as it comes, so that the veto sees it too.
    """
    known = Tally()
    found = judge_tallies({"green": known}, _poll({}), settings, {})
    for stratum in sorted(strata, key=lambda each: each.start):
        known += tally([stratum], settings.rho_max)
        found = judge_tallies({"green": known}, _poll({"green": stratum}), settings, {})
        if found.word != "wait":
            return Replayed(found, stratum.start)
    return Replayed(found, None)


def _poll(newest: Mapping[str, Stratum]) -> Evidence:
    return Evidence(strata={"green": ()}, newest=newest)
