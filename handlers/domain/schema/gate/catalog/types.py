"""Whether a column's new type takes and gives all that the old one did."""

import re
from typing import Literal

TypeChange = Literal["same", "wider", "narrower", "other"]

_NUMBERS = re.compile(r" ?\(([0-9, -]+)\)")
_LADDERS = (
    ("smallint", "integer", "bigint", "numeric"),
    ("real", "double precision"),
    ("character varying", "text"),
)
_BY_LENGTH = frozenset({"character varying", "bit varying"})
_BY_FRACTION = ("timestamp", "time", "interval")


def type_change(before: str, after: str) -> TypeChange:
    """How a type, as `format_type` writes it, changes for code that knows the old one."""
    if before == after:
        return "same"
    (old, here), (new, there) = _parts(before), _parts(after)
    if old == new:
        return "wider" if _takes_all(old, here, there) else "narrower"
    for ladder in _LADDERS:
        if old in ladder and new in ladder:
            climbs = ladder.index(old) < ladder.index(new)
            return "wider" if climbs and not there else "narrower"
    return "other"


def _takes_all(name: str, before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether a type of this name takes with its new numbers all that it took with the old ones;
    one that pads or cuts what it is given never does.
    """
    if name == "numeric":
        if not after or not before:
            return not after
        precision, scale = (*before, 0)[:2]
        more, finer = (*after, 0)[:2]
        return finer >= scale and more - finer >= precision - scale
    if name in _BY_LENGTH or name.startswith(_BY_FRACTION):
        return not after or (bool(before) and after[0] > before[0])
    return False


def _parts(said: str) -> tuple[str, tuple[int, ...]]:
    """`numeric(12,2)` as `numeric` and 12, 2."""
    found = _NUMBERS.search(said)
    numbers = tuple(int(number) for number in found[1].split(",")) if found else ()
    return _NUMBERS.sub("", said, count=1), numbers
