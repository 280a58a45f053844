"""What the strata of one function say, and which function stands between a service and its pass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.e_process import log_e_absolute
from handlers.domain.verdict.tally import Tally

_NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class FunctionRecord:
    """One function's tally and its pass tests; `can_tell` if so many requests could prove it good
    without a failure. `synthetic` are the requests that Greenshift made of it, with the same test
    of their own.
    """

    name: str
    tally: Tally
    log_e_absolute: float
    can_tell: bool
    synthetic: Tally = _NOTHING
    log_e_synthetic: float = 0.0
    synthetic_can_tell: bool = False

    @property
    def asked(self) -> bool:
        """Whether anything was asked of green, by anybody or by Greenshift."""
        return bool(self.tally.green_requests or self.synthetic.green_requests)

    @property
    def stands_in(self) -> bool:
        """Whether synthetic requests stand in for real ones: those are too few to tell, and do not
        speak against green.
        """
        good = not self.is_spoken_against and self.tally.log_e_relative >= 0
        return bool(self.synthetic.green_requests) and good and not self.can_tell

    @property
    def could_tell(self) -> bool:
        """Whether so many requests, real ones or such as stand in for them, could prove it good."""
        return self.can_tell or (self.stands_in and self.synthetic_can_tell)

    @property
    def log_e_pass(self) -> float:
        """Ln E of the pass test that has got further, as either of them does; of the absolute one
        where there was nothing to compare. Counts of real and synthetic requests are never added:
        what the one does well says nothing of the other.
        """
        return max(self.log_e_real, self.log_e_synthetic) if self.stands_in else self.log_e_real

    @property
    def log_e_real(self) -> float:
        """The same of real requests alone."""
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


def record_of(
    name: str, known: Tally, settings: BakeSettings, synthetic: Tally = _NOTHING
) -> FunctionRecord:
    """The record of one function, from the tally of its closed strata, and of its synthetic
    requests.

    Those pass by the absolute test alone: where blue does not know what a check asks for, being
    better than blue is nothing.
    """
    requests, failures = known.green_requests, known.green_failures
    made, needs = synthetic.green_requests, math.log(needed_to_pass(settings))
    return FunctionRecord(
        name,
        known,
        log_e_absolute(requests, failures, settings.p_tol),
        log_e_absolute(requests, 0, settings.p_tol) >= needs,
        synthetic,
        log_e_absolute(made, synthetic.green_failures, settings.p_tol) if made else 0.0,
        log_e_absolute(made, 0, settings.p_tol) >= needs,
    )


def furthest_from_passing(
    records: Sequence[FunctionRecord], settings: BakeSettings
) -> FunctionRecord | None:
    """The weakest of those that could tell, have told or are spoken against, else the busiest.

    None where green was asked nothing at all.
    """
    needs = math.log(needed_to_pass(settings))
    asked = [each for each in records if each.asked]
    counted = [
        each
        for each in asked
        if each.could_tell or each.is_spoken_against or each.log_e_pass >= needs
    ]
    if counted:
        return min(counted, key=lambda record: record.log_e_pass)
    return max(
        asked,
        key=lambda each: (each.tally.green_requests, each.synthetic.green_requests),
        default=None,
    )
