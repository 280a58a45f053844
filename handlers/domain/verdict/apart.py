"""When what a service's aliases counted was not, or not all, what blue did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Span = tuple[float, float]
"""From one epoch second to another."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What an earlier deployment of the service was, and the epoch seconds of its first and its
    last flip, None where it moved no alias; `hotfix` where something was red before it. `blue` are
    the versions that it began with, or of a way back those that it went to, by function.
    """

    action: str
    released: bool
    hotfix: bool
    first: float | None
    last: float | None
    blue: Mapping[str, str] = field(default_factory=dict)


def apart_from_blue(deployed: Sequence[Deployed]) -> list[Span]:
    """The spans in which others than blue answered, or one that was left because it was bad, of
    deployments, the newest first.

    A green that was rolled back answered from its first flip to the last one. After a rollback by
    hand those are no measure that had come after what is blue again. What was live before a repair
    or a hotfix is none either. What was live before any other release is one: blue was found to be
    no worse.
    """
    return [span for _, span in _spans(deployed)]


def others_than_blue(deployed: Sequence[Deployed]) -> list[Span]:
    """The spans in which the very versions that are blue were not alone."""
    released = [(0.0, each.last) for each in deployed if each.released and each.last is not None]
    return apart_from_blue(deployed) + released


def begins_with(deployed: Sequence[Deployed]) -> Deployed | None:
    """The last of those before which nothing is a record of blue."""
    cut = [(span[1], each) for each, span in _spans(deployed) if not span[0]]
    return max(cut, key=lambda found: found[0])[1] if cut else None


def is_apart(start: float, seconds: float, spans: Sequence[Span]) -> bool:
    """Whether the period of so many seconds from `start` on meets one of the spans."""
    return any(start <= last and start + seconds > first for first, last in spans)


def _spans(deployed: Sequence[Deployed]) -> Iterator[tuple[Deployed, Span]]:
    for place, each in enumerate(deployed):
        if each.first is None or each.last is None:
            continue
        if each.action == "rollback":
            yield each, (_left(each.blue, deployed[place + 1 :]), each.last)
        elif each.action != "deploy" or (each.released and each.hotfix):
            yield each, (0.0, each.last)
        elif not each.released:
            yield each, (each.first, each.last)


def _left(blue: Mapping[str, str], earlier: Sequence[Deployed]) -> float:
    """When what is blue again was left, 0 where that is not known."""
    released = (each for each in earlier if each.action == "deploy" and each.released)
    return next((each.first or 0.0 for each in released if each.blue == blue), 0.0)
