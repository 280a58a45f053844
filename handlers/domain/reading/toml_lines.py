"""The line of every key of a TOML document, which tomllib does not tell."""

import re
import tomllib
from bisect import bisect_left

from handlers.domain.reading.places import Path

DEEPEST = 16
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_SCALAR = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}'''
    r"""|'''.*?'{3,5}"""
    r'''|"(?:\\.|[^"\\])*"'''
    r"""|'[^']*'"""
    r"""|[^,\]}\n#"'\[{]+""",
    re.DOTALL,
)


def find_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of each table, key and list item, by its path; list items have numbers.

    `text` must be TOML that tomllib accepts; for other text ValueError or a wrong line. A table
    that only headers of its children imply has the line of the first; paths end at 16 parts.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.newlines = [index for index, letter in enumerate(text) if letter == "\n"]
        self.lines: dict[Path, int] = {}
        self.elements: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._take(_BLANK) is not None and self.at < len(self.text):
            line = self._line()
            if self._skip("[["):
                table = self._next_element(self._key())
                self._expect("]]")
                self._record(table, line)
            elif self._skip("["):
                table = self._inside(self._key())
                self._expect("]")
                self._record(table, line)
            else:
                self._pair(table)
        return self.lines

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table + self._key()
        self._record(path, line)
        self._expect("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        self._take(_SPACE)
        if self._skip("["):
            index = 0
            while not self._closes("]"):
                self._record((*path, index), self._line())
                self._value((*path, index))
                index += 1
        elif self._skip("{"):
            while not self._closes("}"):
                self._pair(path)
        else:
            self._take(_SCALAR)

    def _closes(self, bracket: str) -> bool:
        self._take(_BLANK)
        if self._skip(","):
            self._take(_BLANK)
        return self._skip(bracket)

    def _key(self) -> Path:
        parts: list[str] = []
        while True:
            self._take(_SPACE)
            raw = self._take(_KEY)
            # tomllib knows the escapes of a quoted key.
            parts.append(tomllib.loads(f"key = {raw}")["key"] if raw[0] in "\"'" else raw)
            self._take(_SPACE)
            if not self._skip("."):
                return tuple(parts)

    def _inside(self, key: Path) -> Path:
        path: Path = ()
        for part in key:
            path = (*path, part)
            if path in self.elements:
                path = (*path, self.elements[path])
        return path

    def _next_element(self, key: Path) -> Path:
        path = (*self._inside(key[:-1]), key[-1])
        self.elements[path] = self.elements.get(path, -1) + 1
        self.lines.setdefault(path, self._line())
        return (*path, self.elements[path])

    def _record(self, path: Path, line: int) -> None:
        for length in range(1, min(len(path), DEEPEST)):
            self.lines.setdefault(path[:length], line)
        if len(path) <= DEEPEST:
            self.lines[path] = line

    def _line(self) -> int:
        return bisect_left(self.newlines, self.at) + 1

    def _skip(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def _expect(self, mark: str) -> None:
        if not self._skip(mark):
            raise ValueError(f"line {self._line()} is not TOML: {mark} is missing")

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"line {self._line()} is not TOML")
        self.at = found.end()
        return found[0]
