"""A hook: at which point of a deployment which function is asked, and how far it is."""

from dataclasses import dataclass
from typing import Literal, get_args

Point = Literal["beforeShift", "afterStep", "afterShift", "beforeFinalize"]
POINTS: tuple[Point, ...] = get_args(Point)
LONGEST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Hook:
    """A function by its name or ARN, and for how long it may answer IN_PROGRESS at one point."""

    function: str
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class HookRun:
    """How far one hook is at one point: calls so far, when the first was made and when the next one
    is due (seconds since the epoch), and the state that it handed over to its next call.
    """

    status: Literal["IN_PROGRESS", "SUCCEEDED"]
    calls: int
    started: float
    due: float
    details: object
