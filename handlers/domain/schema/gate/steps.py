"""Which pending statement is to blame, when the same question is asked after each of them."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

from handlers.domain.schema.statements import Statement

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def attribute(
    steps: Sequence[tuple[Statement, Mapping[K, V]]],
) -> Iterator[tuple[Statement, V, Statement | None]]:
    """Each answer with the statement after which it first held, and with the one that mended it.

    What holds at the end has no mender and is told as it is at the end; what came and went is told
    once.
    """
    last = steps[-1][1] if steps else {}
    told: set[K] = set()
    for at, (statement, answers) in enumerate(steps):
        for key, answer in answers.items():
            if key in told:
                continue
            told.add(key)
            if key in last:
                begin = _since(steps, key)
                yield steps[begin][0], last[key], None
            else:
                mended = next(each for each, later in steps[at:] if key not in later)
                yield statement, answer, mended


def _since(steps: Sequence[tuple[Statement, Mapping[K, V]]], key: K) -> int:
    """The step from which on the answer holds to the end."""
    at = len(steps) - 1
    while at > 0 and key in steps[at - 1][1]:
        at -= 1
    return at
