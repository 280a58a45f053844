"""What the RDS Data API says of PostgreSQL's refusals: a text that tells code and position."""

import re
from collections.abc import Mapping

from handlers.domain.schema.sqlstate import (
    IN_TRANSACTION_ONLY_OUTSIDE,
    LOCK_NOT_AVAILABLE,
    QUERY_CANCELED,
)

# ERROR: relation "x" does not exist\n  Position: 15; SQLState: 42P01
_REFUSAL = re.compile(
    r"(?:^|(?<=[\s:]))(?:ERROR|FATAL|PANIC): (?P<message>.*?)"
    r"(?P<more>(?:\s*(?:;|\n)\s*(?:Detail|Hint|Position|Where|SQLState): .*)?)\Z",
    re.DOTALL,
)
# What stands before them may be the user's own data.
_CODE = re.compile(r".*SQLState: ([0-9A-Z]{5})\s*\Z", re.DOTALL)
_POSITION = re.compile(r".*[;\n]\s*Position: (\d+)", re.DOTALL)
_WITHOUT_CODE = (
    ("due to lock timeout", LOCK_NOT_AVAILABLE),
    ("due to statement timeout", QUERY_CANCELED),
    ("due to user request", QUERY_CANCELED),
    ("deadlock detected", "40P01"),
    ("could not serialize access", "40001"),
    ("cannot run inside a transaction block", IN_TRANSACTION_ONLY_OUTSIDE),
    ("permission denied for", "42501"),
    ("must be owner of", "42501"),
    ("password authentication failed", "28P01"),
    ("already exists", "42P07"),
)
"""Codes that the migrator acts on, for clusters whose Data API leaves them out."""
_BUSY = "still running a query"
_TOO_BIG = ("exceed", "size limit", "too large")
_GONE = re.compile(
    r"transaction\b.*\bnot found|transaction\b.*\bhas been aborted", re.IGNORECASE | re.DOTALL
)


def refusal(said: str) -> Mapping[str, str] | None:
    """PostgreSQL's fields `C`, `M` and, where it is there, `P`; None when it was not PostgreSQL
    that spoke.
    """
    found = _REFUSAL.search(said)
    if found is None:
        return None
    message = found["message"].strip()
    code = _CODE.match(found["more"])
    fields = {"C": code[1] if code else _guess(message), "M": message}
    if place := _POSITION.match(found["more"]):
        fields["P"] = place[1]
    return fields


def is_busy(said: str) -> bool:
    """Whether the transaction still runs an earlier statement."""
    return _BUSY in said


def is_gone(said: str) -> bool:
    """Whether the transaction is over: it idled for three minutes, or an earlier call ended it."""
    return _GONE.search(said) is not None


def is_too_big(said: str) -> bool:
    """Whether a result has more than 1 MiB, or a row of it more than 64 KB."""
    return any(words in said.lower() for words in _TOO_BIG)


def _guess(message: str) -> str:
    return next((code for words, code in _WITHOUT_CODE if words in message), "XX000")
