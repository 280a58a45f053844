"""PostgreSQL's tokens, as far as telling statements apart needs them; its rules are those of
`scan.l`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from handlers.errors import MigrationFailed

_LETTER = r"A-Za-z_\x80-\U0010ffff"
_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t\n\r\f\v]+)
    | (?P<comment>--[^\n\r]*)
    | (?P<block>/\*)
    | (?P<escape>[eE]')
    | (?P<string>(?:[bBxXnN]|[uU]&)?')
    | (?P<quoted>(?:[uU]&)?")
    | (?P<dollar>\$(?:[{_LETTER}][{_LETTER}0-9]*)?\$)
    | (?P<word>[{_LETTER}][{_LETTER}0-9$]*)
    | (?P<number>\$?[0-9][0-9A-Za-z_.]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ENDS = {
    "string": re.compile(r"[^']*(?:''[^']*)*'"),
    "quoted": re.compile(r'[^"]*(?:""[^"]*)*"'),
    "escape": re.compile(r"[^'\\]*(?:(?:\\.|'')[^'\\]*)*'", re.DOTALL),
}
# 'a' and 'b' on two lines are one string, and what began as E'a' goes on with its escapes.
_CONTINUES = re.compile(r"(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]+|--[^\n\r]*[\n\r])*'")
_BLOCK = re.compile(r"/\*|\*/")
_CALLED = {
    "string": "string",
    "escape": "string",
    "quoted": "quoted name",
    "dollar": "dollar-quoted string",
    "block": "comment",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is a group of the grammar above; `start` is its offset in the text."""

    kind: str
    text: str
    start: int

    @property
    def blank(self) -> bool:
        """Whether it is white space or a comment."""
        return self.kind in ("space", "comment", "block")

    @property
    def word(self) -> str:
        """A bare word in upper case; of anything else the text as it stands."""
        return self.text.upper() if self.kind == "word" else self.text


def tokens(path: str, sql: str) -> Iterator[Token]:
    """The tokens of a file, blank ones among them; together they are its whole text.

    Raises MigrationFailed with file and line for a string, name or comment that does not end.
    """
    at = 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        assert found is not None  # `other` matches anything
        kind = found.lastgroup or "other"
        end = _end(kind, found, sql)
        if end is None:
            line = sql.count("\n", 0, at) + 1
            raise MigrationFailed(
                f"{path}:{line}: the {_CALLED[kind]} that begins here does not end; end it"
            )
        yield Token(kind, sql[at:end], at)
        at = end


def _end(kind: str, found: re.Match[str], sql: str) -> int | None:
    if kind == "dollar":
        end = sql.find(found[0], found.end())
        return None if end < 0 else end + len(found[0])
    if kind == "block":
        return _block_end(sql, found.end())
    if kind not in _ENDS:
        return found.end()
    closed = _ENDS[kind].match(sql, found.end())
    while kind == "escape" and closed and (more := _CONTINUES.match(sql, closed.end())):
        closed = _ENDS[kind].match(sql, more.end())
    return closed.end() if closed else None


def _block_end(sql: str, at: int) -> int | None:
    depth = 1
    for found in _BLOCK.finditer(sql, at):
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return found.end()
    return None
