"""CloudWatch alarms of the owner's, as a further veto: one that goes red after the shift began ends
it; one that was red before says nothing of green.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlarmState:
    """Whether an alarm is `red` (ALARM), and since when (epoch seconds)."""

    red: bool
    since: float


@dataclass(frozen=True, slots=True)
class AlarmSigns:
    """What the alarms say: the sentence of a veto, and what else a person should know."""

    veto: str | None = None
    told: tuple[str, ...] = ()


def read_alarms(
    registered: Sequence[str],
    states: Mapping[str, AlarmState],
    *,
    red_before: Collection[str],
    shifted_at: float,
) -> AlarmSigns:
    """What the `registered` alarms' states say, by ARN; one without a state is gone.

    One of those that were `red_before` stays without a say, also when it goes red again.
    """
    vetoes, told = [], []
    for arn in registered:
        state = states.get(arn)
        if state is None:
            told.append(f"alarm {name_of(arn)} is gone and watches nothing")
        elif state.red and (arn in red_before or state.since < shifted_at):
            told.append(f"alarm {name_of(arn)} was red before the shift and does not count")
        elif state.red:
            vetoes.append(name_of(arn))
    veto = f"alarm {', '.join(vetoes)} went red after the shift began: fail" if vetoes else None
    return AlarmSigns(veto, tuple(told))


def foreseen(registered: Sequence[str], states: Mapping[str, AlarmState]) -> list[str]:
    """What a plan says of alarms that will not watch the shift."""
    told = []
    for arn in registered:
        state = states.get(arn)
        if state is None:
            told.append(f"alarm {name_of(arn)} does not exist here and watches nothing")
        elif state.red:
            told.append(f"alarm {name_of(arn)} is red already and will not stop the shift")
    return told


def name_of(arn: str) -> str:
    """The alarm's name in its ARN."""
    return arn.partition(":alarm:")[2] or arn
