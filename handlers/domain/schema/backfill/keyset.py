"""The statement of a backfill: the rows whose key is above `$1` and not above `$2`."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.schema.kinds import stored_name
from handlers.domain.schema.lexer import Token, tokens
from handlers.domain.schema.statements import Statement, split
from handlers.errors import MigrationFailed

_LOWER, _UPPER = "$1", "$2"
_VERBS = ("UPDATE", "INSERT", "DELETE", "WITH")


@dataclass(frozen=True, slots=True)
class Keyset:
    """A statement that was judged, as tokens. What it means for one batch is `bound`."""

    statement: Statement
    tokens: tuple[Token, ...]

    def bound(self, lower: str, upper: str, *, first: bool) -> str:
        """The statement for one batch, `lower` and `upper` being SQL expressions.

        `first` takes in the row of the lower key itself: no value of a type is below all others.
        """
        said: list[str] = []
        for token in self.tokens:
            if token.text == _LOWER:
                if first:
                    place = max(i for i, text in enumerate(said) if text == ">")
                    said[place] = ">="
                said.append(lower)
            else:
                said.append(upper if token.text == _UPPER else token.text)
        return "".join(said)


def read_keyset(path: str, text: str, key: str) -> Keyset:
    """The one statement of a backfill file by the column `key`. Raises MigrationFailed with file
    and line.
    """
    found = split(path, text)
    do = "write one UPDATE, INSERT … SELECT or DELETE"
    if not found:
        raise MigrationFailed(f"{path}:1: the backfill has no statement; {do}")
    if len(found) > 1:
        raise MigrationFailed(
            f"{found[1].place()}: a backfill is one statement, and here a second one begins; give "
            "it a backfill file of its own"
        )
    (statement,) = found
    every = tuple(tokens(path, statement.text))
    said = [token for token in every if not token.blank]
    words = {token.word for token in said}
    writes = words & {"UPDATE", "INSERT", "DELETE"}
    if said[0].word not in _VERBS or not writes:
        raise MigrationFailed(f"{statement.place()}: {said[0].word} moves no rows; {do}")
    if writes == {"INSERT"} and "SELECT" not in words:
        raise MigrationFailed(
            f"{statement.place()}: an INSERT without SELECT has no keys to go by; {do}"
        )
    _judge_bounds(statement, said, key)
    return Keyset(statement, every)


def _judge_bounds(statement: Statement, said: Sequence[Token], key: str) -> None:
    bounds = f"{key} > $1 AND {key} <= $2"
    for bound, is_sound in ((_LOWER, _is_above), (_UPPER, _is_up_to)):
        places = [at for at, token in enumerate(said) if token.text == bound]
        if not places:
            raise MigrationFailed(
                f"{statement.place()}: the statement has no {bound}; limit it with WHERE {bounds}"
            )
        for at in places:
            if not is_sound(said, at, key):
                raise MigrationFailed(
                    f"{statement.place(said[at].start + 1)}: {bound} is not a limit of the key; "
                    f"write {bounds}"
                )
    for token in said:
        parameter = token.kind == "number" and token.text.startswith("$")
        if parameter and token.text not in (_LOWER, _UPPER):
            raise MigrationFailed(
                f"{statement.place(token.start + 1)}: {token.text} stands for nothing; only $1 and "
                "$2 are set"
            )


def _is_above(said: Sequence[Token], at: int, key: str) -> bool:
    return at > 1 and said[at - 1].text == ">" and _is_key(said[at - 2], key)


def _is_up_to(said: Sequence[Token], at: int, key: str) -> bool:
    return (
        at > 2
        and (said[at - 2].text, said[at - 1].text) == ("<", "=")
        and _is_key(said[at - 3], key)
    )


def _is_key(token: Token, key: str) -> bool:
    return token.kind in ("word", "quoted") and stored_name([token]) == key
