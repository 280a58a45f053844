"""Which fields count as differences, over all requests: Diffy's rule on what lasted."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.domain.compare.fields import ABSENT
from handlers.domain.compare.rounds import Round

RELATIVE = 0.2
"""As much of a field's differences as green must be ahead of blue's own: Diffy's 20 %."""
MOST_ASKED_AGAIN = 30
_LONGEST_PATH, _LONGEST_VALUE = 120, 120
_SECRET = re.compile(r"(?i)token|secret|passw|authorization|cookie|api-?_?key|session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field: in how many requests green differed, and blue from itself. `line` is that of the
    first such request; `blue` and `green` are its values as JSON, cut, or `absent`, where examples
    are asked for.
    """

    field: str
    differ: int
    noise: int
    line: int
    blue: str | None = None
    green: str | None = None


@dataclass(slots=True)
class _Count:
    differ: int = 0
    noise: int = 0
    line: int = 0
    pair: tuple[Any, Any] = (None, None)


@dataclass(slots=True)
class Tally:
    """Adds up the requests of one comparison; with `examples` it keeps values."""

    examples: bool = False
    compared: int = 0
    refused: int = 0
    _counts: dict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))

    def add(self, line: int, found: Round) -> None:
        """Counts one request, which stands in this line."""
        self.compared += 1
        self.refused += found.refused
        for path, pair in found.green.items():
            count = self._counts[path]
            if not count.differ:
                count.line, count.pair = line, pair
            count.differ += 1
        for path in found.noise:
            self._counts[path].noise += 1

    def differing(self) -> list[Difference]:
        """The fields in which green differs beyond blue's noise, those that differ most first."""
        return self._listed(path for path, each in self._counts.items() if _is_beyond(each))

    def noisy(self) -> list[Difference]:
        """The fields in which blue differs from itself, and green not beyond that."""
        return self._listed(path for path, each in self._counts.items() if not _is_beyond(each))

    def _listed(self, paths: Iterable[str]) -> list[Difference]:
        ordered = sorted(paths, key=lambda path: (-self._counts[path].differ, path))
        return [self._difference(path, self._counts[path]) for path in ordered]

    def _difference(self, path: str, count: _Count) -> Difference:
        blue, green = count.pair if self.examples else (None, None)
        shown = self.examples and count.differ > 0
        return Difference(
            field=path[:_LONGEST_PATH],
            differ=count.differ,
            noise=count.noise,
            line=count.line,
            blue=_shown(path, blue) if shown else None,
            green=_shown(path, green) if shown else None,
        )


def is_beyond(differ: int, noise: int) -> bool:
    """Whether green differs in a field beyond blue's noise: more often, and by more than a fifth of
    both together.

    Diffy also asks for 0.03 % of all requests, which of 200 a single one is more than.
    https://github.com/opendiffy/diffy
    """
    return differ > noise and (differ - noise) / (differ + noise) > RELATIVE


def to_ask_again(rounds: Mapping[int, Round]) -> list[int]:
    """The requests that are asked once more, by their numbers: those in which green differed where
    blue was at one with itself, and of too many those with the rarest of such fields, which chance
    would explain best.
    """
    suspect = {number: found for number, each in rounds.items() if (found := each.suspect)}
    often = Counter(path for paths in suspect.values() for path in paths)
    rarest = {number: min(often[path] for path in paths) for number, paths in suspect.items()}
    return sorted(rarest, key=lambda number: (rarest[number], number))[:MOST_ASKED_AGAIN]


def _is_beyond(count: _Count) -> bool:
    return is_beyond(count.differ, count.noise)


def _shown(path: str, value: Any) -> str:
    """The value as JSON or `absent`; of an object or a list only its size: it may hold secrets."""
    if _SECRET.search(path):
        return "(not kept)"
    if value is ABSENT:
        return "absent"
    if isinstance(value, Mapping | list):
        kind = "an object" if isinstance(value, Mapping) else "a list"
        return f"({kind} of {len(value)})"
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
