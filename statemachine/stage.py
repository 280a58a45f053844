"""One stage of a deployment, and how it went."""

from dataclasses import dataclass

GOING_BACK = ("rollback", "repair")
"""Actions that are asked for to end RolledBack."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One phase, or a step of it (`step` from 1, with its weight).

    `ended_at` is None while it runs. `told` is what it has to say: what was published, the skew,
    the verdict's reason; of a stage that `failed`, why. One that was stopped has failed as well.
    """

    phase: str
    step: int
    weight: int
    started_at: str
    ended_at: str | None
    told: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class WayBack:
    """Since when a deployment is on its way back, and why, as far as its execution tells."""

    since: str
    reason: str
