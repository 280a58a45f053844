"""How a statement is to be run: in a transaction with its ledger row, or outside one, and repaired
how.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from handlers.domain.schema.lexer import Token

_ALONE = (
    ("VACUUM",),
    ("CREATE", "DATABASE"),
    ("DROP", "DATABASE"),
    ("CREATE", "TABLESPACE"),
    ("DROP", "TABLESPACE"),
    ("CREATE", "SUBSCRIPTION"),
    ("DROP", "SUBSCRIPTION"),
    ("ALTER", "SUBSCRIPTION"),
    ("ALTER", "SYSTEM"),
)


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A statement that commits or rolls back together with its ledger row."""

    transactional: ClassVar[bool] = True
    waits_freely: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Setting(Ordinary):
    """SET or RESET: lasts for the rest of its file, so it is said again when the file is taken up
    again.
    """


@dataclass(frozen=True, slots=True)
class Alone:
    """A statement that PostgreSQL refuses inside a transaction and that may be run again."""

    transactional: ClassVar[bool] = False
    waits_freely: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class CreateDatabase(Alone):
    """CREATE DATABASE `name`, which PostgreSQL does wholly or not at all."""

    name: str


@dataclass(frozen=True, slots=True)
class Concurrently(Alone):
    """A statement that waits for others without making them wait: it needs no lock time-out."""

    waits_freely: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class MakeIndex(Concurrently):
    """CREATE INDEX CONCURRENTLY: `name` as it is stored, `table` as it is written."""

    name: str
    table: str


@dataclass(frozen=True, slots=True)
class DropIndex(Concurrently):
    """DROP INDEX CONCURRENTLY of `name`, as it is written."""

    name: str


@dataclass(frozen=True, slots=True)
class Reindex(Concurrently):
    """REINDEX CONCURRENTLY of an index or a table, `name` as it is written."""

    name: str


Kind = Ordinary | Alone


def kind_of(said: Sequence[Token]) -> Kind:
    """The kind of a statement, from its tokens without blanks."""
    words = [token.word for token in said]
    if words[0] in ("SET", "RESET"):
        return Setting()
    if words[:2] == ["CREATE", "DATABASE"]:
        return CreateDatabase(stored_name(said[2:3]))
    if any(tuple(words[: len(start)]) == start for start in _ALONE) or words == ["CLUSTER"]:
        return Alone()
    if "CONCURRENTLY" in words:
        return _concurrently(said, words)
    moves = words[:2] == ["ALTER", "DATABASE"] and words[3:5] == ["SET", "TABLESPACE"]
    return Alone() if moves else Ordinary()


def _concurrently(said: Sequence[Token], words: list[str]) -> Kind:
    if words[:3] == ["CREATE", "INDEX", "CONCURRENTLY"]:
        return _make_index(said[3:])
    if words[:4] == ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"]:
        return _make_index(said[4:])
    if words[:3] == ["DROP", "INDEX", "CONCURRENTLY"]:
        return DropIndex(_written(_after(said[3:], ["IF", "EXISTS"])))
    if words[0] == "REINDEX":
        target = next((i for i, word in enumerate(words) if word in ("INDEX", "TABLE")), len(words))
        return Reindex(_written(_after(said[target + 1 :], ["CONCURRENTLY"])))
    detaches = words[:2] == ["ALTER", "TABLE"] and words[-1] == "CONCURRENTLY"
    return Concurrently() if detaches and "DETACH" in words else Ordinary()


def _make_index(rest: Sequence[Token]) -> MakeIndex:
    rest = _after(rest, ["IF", "NOT", "EXISTS"])
    return MakeIndex(stored_name(rest[:1]), _written(_after(rest[2:], ["ONLY"])))


def _after(said: Sequence[Token], words: list[str]) -> Sequence[Token]:
    """What follows `words`, if they are there at all."""
    there = [token.word for token in said[: len(words)]] == words
    return said[len(words) :] if there else said


def _written(said: Sequence[Token]) -> str:
    """The qualified name that `said` begins with, in the form that `to_regclass` takes."""
    name = "".join(token.text for token in said[:1])
    rest = said[1:]
    while len(rest) > 1 and rest[0].text == ".":
        name, rest = f"{name}.{rest[1].text}", rest[2:]
    return name


def stored_name(said: Sequence[Token]) -> str:
    """A name as the catalog has it: folded to lower case, or as it stands in its quotes."""
    text = "".join(token.text for token in said)
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.lower()
