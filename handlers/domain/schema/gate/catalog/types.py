"""Whether a column's new type takes and gives all that the old one did."""

import re
from typing import Literal

TypeChange = Literal["same", "wider", "narrower", "other"]

_PARTS = re.compile(r"(?P<name>[^(]+?) ?(?:\((?P<numbers>[0-9, -]+)\))?(?P<rest>[^()]*)")
_LADDERS = (
    ("smallint", "integer", "bigint", "numeric"),
    ("real", "double precision"),
    ("character varying", "text"),
)
_BY_LENGTH = frozenset({"character varying", "character", "bit", "bit varying"})
_BY_FRACTION = frozenset({"timestamp", "time", "interval"})


def type_change(before: str, after: str) -> TypeChange:
    """How a type, as `format_type` writes it, changes for code that knows the old one."""
    if before == after:
        return "same"
    old, new = _PARTS.fullmatch(before), _PARTS.fullmatch(after)
    if old is None or new is None:
        return "other"
    name, rest = old["name"].strip(), old["rest"].strip()
    here, there = _numbers(old["numbers"]), _numbers(new["numbers"])
    if (name, rest) == (new["name"].strip(), new["rest"].strip()):
        return _same_name(name, here, there)
    for ladder in _LADDERS:
        if name in ladder and new["name"].strip() in ladder and not new["rest"].strip():
            climbs = ladder.index(name) < ladder.index(new["name"].strip())
            return "wider" if climbs and not there else "narrower"
    bounded = there and new["name"].strip() in _BY_LENGTH and name == "text"
    return "narrower" if bounded else "other"


def _same_name(name: str, before: tuple[int, ...], after: tuple[int, ...]) -> TypeChange:
    if not after:
        return "wider" if name != "character" else "narrower"
    if not before:
        return "narrower"
    if name in _BY_LENGTH:
        padded = name in ("character", "bit")
        return "wider" if after[0] > before[0] and not padded else "narrower"
    if name in _BY_FRACTION:
        return "wider" if after[0] > before[0] else "narrower"
    if name == "numeric":
        precision, scale = (*before, 0)[:2]
        more, finer = (*after, 0)[:2]
        return "wider" if finer >= scale and more - finer >= precision - scale else "narrower"
    return "other"


def _numbers(said: str | None) -> tuple[int, ...]:
    return tuple(int(number) for number in said.split(",")) if said else ()
