"""How far a statement reaches: into its database alone, or further, so that a scratch database does
not contain it.
"""

from collections.abc import Sequence
from typing import Literal

from handlers.domain.schema.kinds import stored_name
from handlers.domain.schema.lexer import tokens

Mode = Literal["own", "shared"]
"""The server is a throw-away one of ours, or the one that also holds the true database."""

Reach = Literal["database", "cluster", "machine"]
"""What it changes: its database; roles, databases or settings of the whole cluster; or something
that a throw-away server does not have either, as tablespaces and other servers.
"""

_OTHERS: dict[tuple[str, ...], Reach] = {
    ("ALTER", "SYSTEM"): "machine",
    ("REASSIGN", "OWNED"): "cluster",
    ("DROP", "OWNED"): "cluster",
    ("LOAD",): "machine",
    ("CHECKPOINT",): "machine",
}
_MADE: dict[str, Reach] = {
    "ROLE": "cluster",
    "USER": "cluster",
    "GROUP": "cluster",
    "DATABASE": "cluster",
    "TABLESPACE": "machine",
    "SUBSCRIPTION": "machine",
}
_HELD = frozenset({"DATABASE", "TABLESPACE", "PARAMETER"})
_SAID_OF = frozenset({"DATABASE", "ROLE", "TABLESPACE", "SUBSCRIPTION"})


def reach(sql: str) -> Reach:
    """What the statement changes as far as its words tell: code in strings is not looked into."""
    said = [token.word for token in tokens("", sql) if not token.blank]
    for start, found in _OTHERS.items():
        if tuple(said[: len(start)]) == start:
            return found
    first, second = (*said, "", "")[:2]
    if first in ("CREATE", "ALTER", "DROP"):
        mapping = second == "USER" and said[2:3] == ["MAPPING"]
        return "database" if mapping else _MADE.get(second, "database")
    if first in ("GRANT", "REVOKE"):
        return _granted(said)
    if first in ("COMMENT", "SECURITY") and "ON" in said:
        what = said[said.index("ON") + 1 :][:1]
        return "cluster" if what and what[0] in _SAID_OF else "database"
    return "machine" if first == "COPY" and _copies_files(said) else "database"


def is_tried(sql: str, mode: Mode) -> bool:
    """Whether the statement is run on a scratch database of such a server."""
    found = reach(sql)
    return found == "database" or (found == "cluster" and mode == "own")


def on_scratch(sql: str, scratch: str) -> str | None:
    """`ALTER DATABASE … SET` said of the scratch database instead of the one it names; None for
    every other statement. What is set there reaches no other database.
    """
    said = [token for token in tokens("", sql) if not token.blank]
    words = [token.word for token in said]
    if words[:2] != ["ALTER", "DATABASE"] or words[3:4] not in (["SET"], ["RESET"]):
        return None
    if words[4:5] == ["TABLESPACE"]:
        return None
    name = said[2]
    return f'{sql[: name.start]}"{scratch}"{sql[name.start + len(name.text) :]}'


def made_role(sql: str) -> str | None:
    """The role that `CREATE ROLE` makes; None for every other statement."""
    said = [token for token in tokens("", sql) if not token.blank]
    words = [token.word for token in said[:2]]
    if words[:1] != ["CREATE"] or words[1:] not in (["ROLE"], ["USER"], ["GROUP"]):
        return None
    return stored_name(said[2:3])


def _granted(said: Sequence[str]) -> Reach:
    """A role to a role, or what the whole cluster holds; else it is the database's."""
    if "ON" not in said:
        return "cluster"
    return "cluster" if said[said.index("ON") + 1] in _HELD else "database"


def _copies_files(said: Sequence[str]) -> bool:
    """COPY with a program or a file of the server's."""
    after = [said[at + 1] for at, word in enumerate(said[:-1]) if word in ("FROM", "TO")]
    return any(word == "PROGRAM" or word.startswith(("'", "E'", "$")) for word in after)
