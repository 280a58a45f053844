"""What a migration file must not hold, because of how its statements are run."""

from collections.abc import Sequence
from itertools import pairwise

from handlers.domain.schema.lexer import Token

_OWN_TRANSACTION = "each statement runs in a transaction of its own, take it out"
_OWN_LOGIN = "let the migrator log in as that role, or set it by ALTER ROLE … SET role"
_REFUSED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("BEGIN",), _OWN_TRANSACTION),
    (("START", "TRANSACTION"), _OWN_TRANSACTION),
    (("COMMIT",), _OWN_TRANSACTION),
    (("END",), _OWN_TRANSACTION),
    (("ROLLBACK",), _OWN_TRANSACTION),
    (("ABORT",), _OWN_TRANSACTION),
    (("SAVEPOINT",), _OWN_TRANSACTION),
    (("RELEASE",), _OWN_TRANSACTION),
    (("PREPARE", "TRANSACTION"), _OWN_TRANSACTION),
    (("SET", "TRANSACTION"), _OWN_TRANSACTION),
    (("SET", "LOCAL"), "each statement runs in a transaction of its own, write SET"),
    (("SET", "ROLE"), _OWN_LOGIN),
    (("SET", "SESSION", "ROLE"), _OWN_LOGIN),
    (("SET", "SESSION", "AUTHORIZATION"), _OWN_LOGIN),
    (("SET", "SESSION", "SESSION"), _OWN_LOGIN),
    (("DISCARD",), "it would let go of the migrator's lock, take it out"),
    (("REINDEX", "SCHEMA"), "reindex each table or index by itself"),
    (("REINDEX", "DATABASE"), "reindex each table or index by itself"),
    (("REINDEX", "SYSTEM"), "reindex each table or index by itself"),
)
_NAMELESS = (
    ["CREATE", "INDEX", "CONCURRENTLY", "ON"],
    ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", "ON"],
)


def why_refused(said: Sequence[Token]) -> str | None:
    """Why the statement of these tokens is not run, with what to do; None where it is."""
    words = [token.word for token in said]
    for start, do in _REFUSED:
        if tuple(_without_options(words)[: len(start)]) == start:
            return f"{' '.join(start)} is refused: {do}"
    if words[0] == "COPY" and _streams(words):
        return "COPY from or to the client is refused: a migration is one text, write INSERT"
    if any(words[: len(start)] == start for start in _NAMELESS):
        return "the index has no name: name it, so that a half-made one can be found again"
    return None


def _without_options(words: list[str]) -> list[str]:
    """`REINDEX (VERBOSE) SCHEMA …` as `REINDEX SCHEMA …`."""
    if words[0] == "REINDEX" and words[1:2] == ["("] and ")" in words:
        return [words[0], *words[words.index(")") + 1 :]]
    return words


def _streams(words: list[str]) -> bool:
    return any(pair in (("FROM", "STDIN"), ("TO", "STDOUT")) for pair in pairwise(words))
