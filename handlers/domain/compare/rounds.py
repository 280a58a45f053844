"""One request, answered by blue, by blue again, and by green: once, or a second time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from handlers.domain.compare.answers import Seen
from handlers.domain.compare.fields import MOST_FIELDS, SHALLOW, Pairs, differences

Role = Literal["primary", "secondary", "candidate"]
ROLES: tuple[Role, ...] = ("primary", "secondary", "candidate")
"""Diffy's names: blue, blue again, and green."""


@dataclass(frozen=True, slots=True)
class Round:
    """In which fields green differed from blue, with the values of both, and in which blue from
    itself. `blue_failed` when both answers of blue were failures, which nobody wants again;
    `refused` when they were statuses of 400 to 499, as a recording gets that has become old.
    """

    green: Mapping[str, tuple[Any, Any]]
    noise: frozenset[str]
    blue_failed: bool = False
    refused: bool = False

    @property
    def suspect(self) -> frozenset[str]:
        """The fields in which green differed where blue was at one with itself."""
        return frozenset(self.green.keys() - self.noise)


def compared(answers: Mapping[Role, Seen], ignore: Sequence[str] = ()) -> Round:
    """The round that the three answers to one request make."""
    primary, secondary, candidate = (answers[role] for role in ROLES)
    if primary.failed and secondary.failed:
        return Round({}, frozenset(), blue_failed=True)
    green, noise = _both(primary, secondary, candidate, ignore)
    return Round(green, frozenset(noise), refused=primary.refused and secondary.refused)


def _both(
    primary: Seen, secondary: Seen, candidate: Seen, ignore: Sequence[str]
) -> tuple[Pairs, Pairs]:
    """Both at the same depth, or a field of the one would be none of the other."""
    green = differences(primary, candidate, ignore)
    noise = differences(primary, secondary, ignore)
    if max(len(green), len(noise)) <= MOST_FIELDS:
        return green, noise
    green = differences(primary, candidate, ignore, SHALLOW)
    noise = differences(primary, secondary, ignore, SHALLOW)
    if max(len(green), len(noise)) <= MOST_FIELDS:
        return green, noise
    return differences(primary, candidate, ignore, 0), differences(primary, secondary, ignore, 0)


def asked_again(first: Round, again: Round) -> Round:
    """What holds of a request that was asked twice: green differs where it did both times, and blue
    is noisy where it was at least once.
    """
    lasting = {path: pair for path, pair in first.green.items() if path in again.green}
    failed = first.blue_failed or again.blue_failed
    return Round(lasting, first.noise | again.noise, failed, first.refused)
