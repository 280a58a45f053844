"""SET and RESET where no session outlasts a transaction: in the form that ends with the
transaction, to be made again in each.
"""

from dataclasses import dataclass

from handlers.domain.schema.lexer import Token, tokens

_ONE_TRANSACTION = ("LOCAL", "TRANSACTION", "CONSTRAINTS")
_BOUNDS = frozenset({"lock_timeout", "statement_timeout"})


@dataclass(frozen=True, slots=True)
class LocalSetting:
    """`sql` makes the setting in the open transaction. `lasts` when the ones after it want it too;
    `forgets` when it undoes all before it; `bounds` when it sets a time-out that the migrator sets
    anyway.
    """

    sql: str
    lasts: bool = True
    forgets: bool = False
    bounds: bool = False


def local_setting(sql: str) -> LocalSetting | None:
    """The setting that this SET or RESET makes; None for SET SESSION CHARACTERISTICS, which has no
    such form.
    """
    said = [token for token in tokens("", sql) if not token.blank]
    words = [token.word for token in said]
    if words[0] == "RESET":
        return _reset(said[1:], words[1:])
    if words[1:2] == ["SESSION"] and words[2:3] != ["AUTHORIZATION"]:
        said, words = [said[0], *said[2:]], [words[0], *words[2:]]
    if words[1:2] == ["CHARACTERISTICS"]:
        return None
    if words[1] in _ONE_TRANSACTION:
        return LocalSetting(sql, lasts=False)
    return LocalSetting(f"SET LOCAL {sql[said[1].start :]}", bounds=words[1].lower() in _BOUNDS)


def _reset(said: list[Token], words: list[str]) -> LocalSetting:
    if words == ["ALL"]:
        return LocalSetting("", lasts=False, forgets=True)
    if words == ["ROLE"]:
        return LocalSetting("SET LOCAL ROLE NONE")
    if words in (["SESSION", "AUTHORIZATION"], ["TIME", "ZONE"]):
        return LocalSetting(f"SET LOCAL {' '.join(words)} DEFAULT")
    name = "".join(token.text for token in said)
    return LocalSetting(f"SET LOCAL {name} TO DEFAULT", bounds=name.lower() in _BOUNDS)
