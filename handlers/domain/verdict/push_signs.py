"""What green's log says, as a part of the evidence."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PushSigns:
    """The sentence of a veto and what it is by, and what else a person should know."""

    by: Literal["burst", "hang", "newError"] | None = None
    veto: str | None = None
    told: tuple[str, ...] = ()
