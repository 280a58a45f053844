"""The settings of the bake, with the defaults that fit AWS's one-minute metrics."""

from dataclasses import dataclass
from typing import Literal

Inconclusive = Literal["extend", "promote", "rollBack", "ask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeSettings:
    """How sure the verdict must be (alpha, beta), of what (p_tol, rho_max), and on which minutes.

    `stratum_seconds` is the length of one stratum of evidence, `settle_seconds` the age from
    which a stratum is judged, `inconclusive` what happens when a step ends without a verdict,
    `ask_minutes` how long a person is waited for where that is `ask`.
    `latency_odds` times blue's odds green may have of exceeding blue's p95, in duration and in
    cost.
    """

    alpha: float = 0.01
    beta: float = 0.05
    p_tol: float = 0.01
    rho_max: float = 3.0
    stratum_seconds: int = 60
    settle_seconds: int = 90
    inconclusive: Inconclusive = "extend"
    ask_minutes: float = 60.0
    latency_odds: float = 2.0

    @property
    def asked_seconds(self) -> float:
        """For how long each step may ask a person, 0 where none does."""
        return self.ask_minutes * 60 if self.inconclusive == "ask" else 0.0
