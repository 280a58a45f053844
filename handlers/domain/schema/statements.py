"""A migration file as statements, each with its line and the checksum that knows it again."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.domain.schema.kinds import Kind, kind_of
from handlers.domain.schema.lexer import Token, tokens
from handlers.domain.schema.refusals import why_refused
from handlers.errors import MigrationFailed

_ROUTINES = (["CREATE"], ["CREATE", "OR", "REPLACE"])


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its number from 1 and its first line in the file, and how it is to be run.

    `checksum` is the SHA-256 of its text with white space and comments outside quotes folded.
    """

    path: str
    number: int
    line: int
    text: str
    checksum: str
    kind: Kind

    def place(self, position: int | None = None) -> str:
        """`migrations/0002_x.expand.sql:7`; `position` is a character of the text, from 1."""
        further = self.text.count("\n", 0, max(position - 1, 0)) if position else 0
        return f"{self.path}:{self.line + further}"


def split(path: str, sql: str) -> tuple[Statement, ...]:
    """The statements of a file, semicolons taken off.

    Raises MigrationFailed with file and line for what a migration must not hold.
    """
    found: list[Statement] = []
    line, seen = 1, 0
    for part in _parts(path, sql):
        said = [token for token in part if not token.blank]
        if not said:
            continue
        line, seen = line + sql.count("\n", seen, said[0].start), said[0].start
        if reason := why_refused(said):
            raise MigrationFailed(f"{path}:{line}: {reason}")
        text = sql[said[0].start : said[-1].start + len(said[-1].text)]
        statement = Statement(path, len(found) + 1, line, text, _checksum(part), kind_of(said))
        found.append(statement)
    return tuple(found)


def _parts(path: str, sql: str) -> Iterator[list[Token]]:
    """The tokens of one statement after the other, without the semicolons between them."""
    part: list[Token] = []
    first: list[str] = []
    depth = body = 0
    for token in tokens(path, sql):
        _forbid(path, sql, token)
        if token.word == ";" and not depth and not body:
            yield part
            part, first, depth = [], [], 0
            continue
        part.append(token)
        if token.blank:
            continue
        first.append(token.word)
        depth = max(0, depth + {"(": 1, ")": -1}.get(token.word, 0))
        if not depth:
            body += _body_step(first, body)
    yield part


def _body_step(said: Sequence[str], body: int) -> int:
    """How the last word changes the depth in an SQL routine's BEGIN ATOMIC … END, which has
    semicolons.
    """
    if body:
        return {"CASE": 1, "END": -1}.get(said[-1], 0)
    if list(said[-2:]) != ["BEGIN", "ATOMIC"]:
        return 0
    routine = any(
        list(said[: len(start)]) == start and said[len(start)] in ("FUNCTION", "PROCEDURE")
        for start in _ROUTINES
    )
    return int(routine)


def _forbid(path: str, sql: str, token: Token) -> None:
    if token.text not in ("\\", "\0"):
        return
    line = sql.count("\n", 0, token.start) + 1
    end = sql.find("\n", token.start)
    said = sql[token.start : end if end >= 0 else None].split(maxsplit=1)[0][:40]
    what = "a NUL character" if token.text == "\0" else f"{said}, a command of psql"
    raise MigrationFailed(f"{path}:{line}: it has {what}; a migration is plain SQL, take it out")


def _checksum(part: Sequence[Token]) -> str:
    kept: list[str] = []
    apart = False
    for token in part:
        if not token.blank:
            kept.append(f" {token.text}" if apart and kept else token.text)
        apart = token.blank
    return f"sha256:{hashlib.sha256(''.join(kept).encode()).hexdigest()}"
