"""What the strata of one function say, and which function stands between a service and its pass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.e_process import log_e_absolute, log_e_fail
from handlers.domain.verdict.stratum import Stratum, totals


@dataclass(frozen=True, slots=True)
class FunctionRecord:
    """One function's strata and e-values; `can_tell` if so many requests could prove it good."""

    name: str
    strata: Sequence[Stratum]
    green_requests: int
    log_e_fail: float
    log_e_pass: float
    can_tell: bool

    @property
    def is_spoken_against(self) -> bool:
        """Whether its record suits a bad green better than a good one; never without failures."""
        return self.log_e_pass < 0


def needed_to_pass(settings: BakeSettings) -> float:
    """The e-value of the absolute test that is proof: half of beta belongs to the relative one."""
    return 2 / settings.beta


def record_of(name: str, strata: Sequence[Stratum], settings: BakeSettings) -> FunctionRecord:
    """The record of one function, from its closed strata."""
    known = totals(strata)
    requests, failures = known.green_requests, known.green_failures
    return FunctionRecord(
        name,
        strata,
        requests,
        log_e_fail(strata),
        log_e_absolute(requests, failures, settings.p_tol),
        log_e_absolute(requests, 0, settings.p_tol) >= math.log(needed_to_pass(settings)),
    )


def furthest_from_passing(records: Sequence[FunctionRecord]) -> FunctionRecord | None:
    """The weakest of those that could tell or are spoken against, else the busiest.

    None where green was asked nothing at all.
    """
    asked = [record for record in records if record.green_requests]
    counted = [record for record in asked if record.can_tell or record.is_spoken_against]
    if counted:
        return min(counted, key=lambda record: record.log_e_pass)
    return max(asked, key=lambda record: record.green_requests, default=None)
