"""The steps of a shift: the weights green passes through on its way to 100, and for how long."""

from dataclasses import dataclass
from itertools import pairwise

SHORTEST_STEP_MINUTES = 0.001
LONGEST_STEP_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Step:
    """Green gets `weight` per cent of the traffic for at most `minutes`."""

    weight: int
    minutes: float

    def __post_init__(self) -> None:
        if not 1 <= self.weight <= 100:
            raise ValueError(f"the weight {self.weight} is not between 1 and 100 per cent")
        if not SHORTEST_STEP_MINUTES <= self.minutes <= LONGEST_STEP_MINUTES:
            raise ValueError(
                f"the {self.minutes} minutes at weight {self.weight} are not between "
                f"{SHORTEST_STEP_MINUTES} and {LONGEST_STEP_MINUTES}"
            )

    def __str__(self) -> str:
        return f"{self.weight}@{_plain(self.minutes)}"


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """Steps of strictly rising weight, the last of which is 100. Its text parses to itself."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        weights = [step.weight for step in self.steps]
        if weights[-1:] != [100]:
            raise ValueError("the last weight of a shift plan must be 100")
        for before, after in pairwise(weights):
            if after <= before:
                raise ValueError(f"weights must rise, but {after} comes after {before}")

    def __str__(self) -> str:
        return f"steps({', '.join(str(step) for step in self.steps)})"

    @property
    def is_all_at_once(self) -> bool:
        """Whether blue and green never serve together."""
        return len(self.steps) == 1

    @property
    def shortest_minutes(self) -> float:
        """The minutes of its shortest step."""
        return min(step.minutes for step in self.steps)


ALL_AT_ONCE = ShiftPlan((Step(100, 10),))
DEFAULT_SHIFT_PLAN = ShiftPlan((Step(10, 5), Step(50, 5), Step(100, 10)))


def _plain(minutes: float) -> str:
    # From 0.001 up Python writes a float without an exponent.
    return repr(minutes).removesuffix(".0")
