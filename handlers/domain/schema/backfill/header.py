"""The comment lines above a backfill's statement: which table by which key, and how fast."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from handlers.domain.schema.backfill.pace import LARGEST_BATCH
from handlers.domain.schema.kinds import stored_name
from handlers.domain.schema.lexer import Token, tokens
from handlers.errors import MigrationFailed

T = TypeVar("T")

FIRST_BATCH = 1_000
PATIENCE_SECONDS = 300
LAG_SECONDS = 5
_LONGEST_WAIT = 7 * 86_400
_LINE = re.compile(r"--\s*(?P<word>[A-Za-z_]+)\s*:(?!//)\s*(?P<value>.*?)\s*")
_OTHERS = "greenshift"
"""Begins a waiver, which the gate reads."""
_WORDS = ("table", "key", "batch", "traffic", "wait", "lag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a backfill goes by.

    `table` is the table's name in parts, `key` the column's, each as the catalog stores it. `batch`
    is the first batch's size. `before_traffic`: green may get traffic before the backfill is done,
    and `wait_seconds` is how long a deployment backfills at most then. `lag_seconds` is how far a
    replica may be behind before the backfill pauses.
    """

    table: tuple[str, ...]
    key: str
    batch: int = FIRST_BATCH
    before_traffic: bool = False
    wait_seconds: int = PATIENCE_SECONDS
    lag_seconds: int = LAG_SECONDS


def read_header(path: str, text: str) -> Header:
    """The header of a backfill file. Raises MigrationFailed with file and line."""
    said: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("--"):
            break
        if found := _LINE.fullmatch(line.strip()):
            word, place = found["word"], f"{path}:{number}"
            if word == _OTHERS:
                continue
            if word not in _WORDS:
                raise MigrationFailed(
                    f"{place}: {word} is no header of a backfill; write {', '.join(_WORDS)}, and "
                    "prose without a colon after its first word"
                )
            if word in said:
                raise MigrationFailed(f"{place}: {word} is said twice; take one out")
            said[word] = (place, found["value"])
    return _header(path, said)


def _header(path: str, said: Mapping[str, tuple[str, str]]) -> Header:
    for word, example in (("table", "orders"), ("key", "id")):
        if word not in said:
            why = ", without which it cannot be taken up again" if word == "key" else ""
            raise MigrationFailed(
                f"{path}:1: the backfill has no {word}{why}; write a line like -- {word}: {example}"
            )
    traffic = _read(said, "traffic", _traffic, default=False)
    if "wait" in said and not traffic:
        raise MigrationFailed(
            f"{said['wait'][0]}: wait is for a backfill that green need not wait for; "
            "add -- traffic: before, or take it out"
        )
    return Header(
        table=_name(*said["table"], most=2),
        key=_name(*said["key"], most=1)[0],
        batch=_number(said, "batch", FIRST_BATCH, LARGEST_BATCH),
        before_traffic=traffic,
        wait_seconds=_number(said, "wait", PATIENCE_SECONDS, _LONGEST_WAIT),
        lag_seconds=_number(said, "lag", LAG_SECONDS, 3_600),
    )


def _traffic(place: str, value: str) -> bool:
    if value not in ("before", "after"):
        raise MigrationFailed(
            f"{place}: traffic is {value[:40]!r}; write after, or before if green may get traffic "
            "before the backfill is done"
        )
    return value == "before"


def _number(said: Mapping[str, tuple[str, str]], word: str, default: int, most: int) -> int:
    def read(place: str, value: str) -> int:
        number = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else 0
        if not 1 <= number <= most:
            raise MigrationFailed(
                f"{place}: {word} is {value[:40]!r}; write a number from 1 to {most:,}"
            )
        return number

    return _read(said, word, read, default=default)


def _read(
    said: Mapping[str, tuple[str, str]], word: str, read: Callable[[str, str], T], *, default: T
) -> T:
    return read(*said[word]) if word in said else default


def _name(place: str, value: str, *, most: int) -> tuple[str, ...]:
    try:
        parts = [token for token in tokens(place, value) if not token.blank]
    except MigrationFailed:
        parts = []
    names, dots = parts[::2], parts[1::2]
    if most == 1 and any(token.text == "," for token in parts):
        raise MigrationFailed(
            f"{place}: the key {value[:40]} has several columns; choose one column that is "
            "indexed and tells rows apart"
        )
    sound = len(names) == len(dots) + 1 <= most and all(token.text == "." for token in dots)
    if not sound or not all(_is_name(token) for token in names):
        what = "a column" if most == 1 else "a table"
        raise MigrationFailed(f"{place}: {value[:40]!r} is not the name of {what}; correct it")
    return tuple(stored_name([token]) for token in names)


def _is_name(token: Token) -> bool:
    return token.kind == "word" or (token.kind == "quoted" and token.text.startswith('"'))
