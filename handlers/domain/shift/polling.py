"""What watching a shift costs: how often is looked, what is asked of CloudWatch, and the price.

The prices are those of AWS's lists for us-east-1, without a free tier:
https://aws.amazon.com/cloudwatch/pricing/ (GetMetricData, by the metric asked for)
https://aws.amazon.com/step-functions/pricing/ (Standard, by the state transition)
"""

import math
from dataclasses import dataclass

from handlers.domain.shift.rounds import asked_rounds, readings, rounds
from handlers.domain.shift.shift_steps import ShiftPlan

USD_A_METRIC = 0.01 / 1000
USD_A_TRANSITION = 0.025 / 1000
TRANSITIONS_OF_A_ROUND = 3
"""Observe, Bake, and the choice after it."""


@dataclass(frozen=True, slots=True)
class Polling:
    """The rounds of a shift at most, and what they ask for."""

    rounds: int
    metrics: int

    @property
    def transitions(self) -> int:
        """Of the state machine."""
        return self.rounds * TRANSITIONS_OF_A_ROUND

    def sentence(self, *, hooks: bool = False) -> str:
        """What it comes to, for a person; `hooks` may make a step wait beyond its minutes."""
        metrics, transitions = self.metrics * USD_A_METRIC, self.transitions * USD_A_TRANSITION
        return (
            f"watching takes at most {self.rounds:,} rounds: {self.metrics:,} metrics of "
            f"CloudWatch ({_usd(metrics)}) and {self.transitions:,} state transitions "
            f"({_usd(transitions)}), {_usd(metrics + transitions)} in all at the list prices of "
            f"us-east-1{', and more while a hook is waited for' if hooks else ''}"
        )


def polling(
    plan: ShiftPlan,
    stratum_seconds: int,
    *,
    metrics_a_reading: int,
    extensions: int,
    asked: float = 0,
) -> Polling:
    """The polling of a plan when every step takes all its minutes, and those once more as often as
    there are `extensions`, and then asks a person for `asked` seconds.
    """
    lengths = [step.minutes * 60 * (1 + extensions) for step in plan.steps]
    looks = [
        rounds(each, stratum_seconds) + asked_rounds(asked, stratum_seconds) for each in lengths
    ]
    read = sum(readings(each, stratum_seconds, asked=asked) for each in lengths)
    return Polling(rounds=sum(looks), metrics=read * metrics_a_reading)


def _usd(amount: float) -> str:
    """Rounded up to a tenth of a cent."""
    return f"${math.ceil(round(amount * 1000, 6)) / 1000:,.3f}"
