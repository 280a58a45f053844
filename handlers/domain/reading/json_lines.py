"""The line of every key of a JSON document, which json does not tell."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from handlers.domain.reading.places import Path

DEEPEST = 16
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class _Open:
    """An object or a list that is being read; `key` is the one that the next value belongs to."""

    path: Path
    is_list: bool
    key: str | int | None


def find_json_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of each key and list item, by its path; list items have numbers.

    `text` must be JSON that `load_json` accepts. Keys with escapes and paths of more than 16 parts
    are left out: their holder's line stands for them.
    """
    newlines = [index for index, letter in enumerate(text) if letter == "\n"]
    lines: dict[Path, int] = {}
    held: list[_Open] = []
    for found in _TOKEN.finditer(text):
        mark, line = found[0], bisect_left(newlines, found.start()) + 1
        at = held[-1] if held else None
        if mark in "}]":
            held.pop()
        elif mark == ",":
            assert at is not None
            at.key = at.key + 1 if isinstance(at.key, int) else None
        elif mark == ":":
            continue
        elif at is not None and at.key is None:
            at.key = mark[1:-1]
            _record(lines, (*at.path, at.key), line)
        else:
            assert at is None or at.key is not None
            path = () if at is None or at.key is None else (*at.path[:DEEPEST], at.key)
            if at is not None and at.is_list:
                _record(lines, path, line)
            if mark in "{[":
                held.append(_Open(path, mark == "[", 0 if mark == "[" else None))
    return lines


def _record(lines: dict[Path, int], path: Path, line: int) -> None:
    if len(path) <= DEEPEST:
        lines.setdefault(path, line)
