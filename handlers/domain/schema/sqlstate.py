"""PostgreSQL's refusals by their SQLSTATE: what passes, what a person must mend, and with which
GRANT.
"""

import re

LOCK_NOT_AVAILABLE = "55P03"
QUERY_CANCELED = "57014"
IN_TRANSACTION_ONLY_OUTSIDE = "25001"
UNKNOWN_SETTING = frozenset({"42704", "22023", "0A000"})
MADE_MEANWHILE = frozenset({"23505", "42P06", "42P07", "42710"})
"""What `IF NOT EXISTS` raises when two sessions make the same thing at once."""

_TRY_AGAIN = frozenset({LOCK_NOT_AVAILABLE, "40P01", "40001"})
_PASSING = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "53200", "53300"})
_INSUFFICIENT_PRIVILEGE = "42501"
_OBJECT = re.compile(r"permission denied for (?P<kind>[a-z -]+?) (?P<name>\S+)$")
_OWNER = re.compile(r"must be owner of (?P<kind>[a-z -]+?) (?P<name>\S+)$")
_RIGHTS = {"schema": "USAGE, CREATE", "database": "CREATE", "function": "EXECUTE", "type": "USAGE"}


def lock_was_busy(code: str) -> bool:
    """Whether another transaction was in the way, so that the same statement may go through in a
    moment.
    """
    return code in _TRY_AGAIN


def passes(code: str) -> bool:
    """Whether the server is away, starting, stopping or full: the session is over, a new one may
    do.
    """
    return code in _PASSING or code.startswith("08")


def remedy(code: str, message: str, user: str) -> str:
    """What to do about it, as the end of a sentence; empty where the message says it all."""
    if code != _INSUFFICIENT_PRIVILEGE:
        return ""
    if found := _OWNER.search(message):
        return f'; run: GRANT <owner of {found["kind"]} {found["name"]}> TO "{user}"'
    if found := _OBJECT.search(message):
        kind, name = found["kind"], _quoted(found["name"])
        thing = "TABLE" if kind in ("table", "view", "materialized view") else kind.upper()
        return f'; run: GRANT {_RIGHTS.get(kind, "ALL")} ON {thing} {name} TO "{user}"'
    return f'; run the GRANT that gives "{user}" this right'


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else f'"{name}"'
