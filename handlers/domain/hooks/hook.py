"""The hooks that a registration names: at which point of a deployment which function is asked."""

from dataclasses import dataclass
from typing import Literal, get_args

from handlers.domain.reading.forms import HOOK_FUNCTION
from handlers.domain.reading.section import Section

Point = Literal["beforeShift", "afterStep", "afterShift", "beforeFinalize"]
POINTS: tuple[Point, ...] = get_args(Point)
LONGEST_SECONDS = 86_400
DEFAULT_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Hook:
    """A function by its name or ARN, and for how long it may answer IN_PROGRESS at one point."""

    function: str
    timeout_seconds: int


def read_hooks(document: Section) -> dict[str, Hook]:
    """The `hooks` of a registration; what is wrong with them goes to the inspection."""
    hooks = document.section("hooks", POINTS)
    found: dict[str, Hook] = {}
    for point in POINTS if hooks else ():
        section = hooks.section(point, ("function", "timeoutSeconds")) if hooks else None
        if section is not None:
            found[point] = Hook(
                section.text("function", HOOK_FUNCTION, required=True) or "",
                section.whole("timeoutSeconds", 1, LONGEST_SECONDS) or DEFAULT_SECONDS,
            )
    return found
