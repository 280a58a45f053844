"""What the strata of one function say, and which function stands between a service and its pass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.e_process import log_e_absolute
from handlers.domain.verdict.tally import Tally


@dataclass(frozen=True, slots=True)
class FunctionRecord:
    """One function's tally and its pass tests; `can_tell` if so many requests could prove it good
    without a failure.
    """

    name: str
    tally: Tally
    log_e_absolute: float
    can_tell: bool

    @property
    def log_e_pass(self) -> float:
        """Ln E of the pass test that has got further, as either of them does; of the absolute one
        where there was nothing to compare.
        """
        if not self.tally.compares:
            return self.log_e_absolute
        return max(self.tally.log_e_relative, self.log_e_absolute)

    @property
    def is_spoken_against(self) -> bool:
        """Whether its failures suit a bad green better than a good one; never without any."""
        return self.log_e_absolute < 0


def needed_to_pass(settings: BakeSettings) -> float:
    """The e-value that is proof: the relative and the absolute test have half of beta each."""
    return 2 / settings.beta


def record_of(name: str, known: Tally, settings: BakeSettings) -> FunctionRecord:
    """The record of one function, from the tally of its closed strata."""
    requests, failures = known.green_requests, known.green_failures
    return FunctionRecord(
        name,
        known,
        log_e_absolute(requests, failures, settings.p_tol),
        log_e_absolute(requests, 0, settings.p_tol) >= math.log(needed_to_pass(settings)),
    )


def furthest_from_passing(
    records: Sequence[FunctionRecord], settings: BakeSettings
) -> FunctionRecord | None:
    """The weakest of those that could tell, have told or are spoken against, else the busiest.

    None where green was asked nothing at all.
    """
    needs = math.log(needed_to_pass(settings))
    asked = [each for each in records if each.tally.green_requests]
    counted = [
        each
        for each in asked
        if each.can_tell or each.is_spoken_against or each.log_e_pass >= needs
    ]
    if counted:
        return min(counted, key=lambda record: record.log_e_pass)
    return max(asked, key=lambda record: record.tally.green_requests, default=None)
