"""When what a service's aliases counted was not, or not all, what blue did."""

from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[float, float]
"""From one epoch second to another."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What an earlier deployment of the service was, and the epoch seconds of its first and its
    last flip, None where it moved no alias; `hotfix` where something was red before it.
    """

    action: str
    released: bool
    hotfix: bool
    first: float | None
    last: float | None

    @property
    def left_bad(self) -> bool:
        """Whether what was live before was left because it was bad, or foreign."""
        return self.action != "deploy" or (self.released and self.hotfix)


def apart_from_blue(deployed: Iterable[Deployed]) -> list[Span]:
    """The spans in which others than blue answered, or one that was left because it was bad.

    A green that was rolled back answered from its first flip to the last one. What was live before
    a rollback by hand, a repair or a hotfix is no measure of how blue does. What was live before
    any other release is one: blue was found to be no worse.
    """
    spans = []
    for each in deployed:
        if each.first is None or each.last is None:
            continue
        if each.left_bad:
            spans.append((0.0, each.last))
        elif not each.released:
            spans.append((each.first, each.last))
    return spans


def begins_with(deployed: Iterable[Deployed]) -> Deployed | None:
    """The last of those before which nothing is a record of blue."""
    left = [each for each in deployed if each.left_bad and each.last is not None]
    return max(left, key=lambda each: each.last or 0.0, default=None)


def is_apart(start: float, seconds: float, spans: Iterable[Span]) -> bool:
    """Whether the period of so many seconds from `start` on meets one of the spans."""
    return any(start <= last and start + seconds > first for first, last in spans)
