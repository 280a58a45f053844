"""The hooks that a registration names."""

from handlers.domain.hooks.hook import LONGEST_SECONDS, POINTS, Hook
from handlers.domain.reading.forms import HOOK_FUNCTION
from handlers.domain.reading.section import Section

DEFAULT_SECONDS = 1_800


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
