"""In which fields two answers differ. Fields are paths such as `body.items[].price`: the places of
lists are one field, and so are keys that are data and no names.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.domain.compare.answers import Seen

DEEPEST, SHALLOW = 24, 1
MOST_FIELDS = 200
"""In which two answers differ; where there are more, only those just below the root count."""
_NAME = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$:-]{0,47}")
_DATA = re.compile(r"[0-9]{4}|[0-9a-fA-F]{12}")
ABSENT: Any = object()
"""In the place of a value that is not there; None is one that is null."""
Pairs = dict[str, tuple[Any, Any]]
"""By field, the first two values that differ."""


def differences(
    one: Seen, other: Seen, ignore: Sequence[str] = (), deepest: int = DEEPEST
) -> Pairs:
    """Where the two differ, but for the fields `ignore` and what is in them. Of answers that differ
    in their status nothing else is told: it follows.
    """
    if one.error != other.error:
        return {"error": (_there(one.error), _there(other.error))}
    if one.status != other.status and "status" not in ignore:
        return {"status": (one.status, other.status)}
    found: Pairs = {}
    for name in sorted(one.headers.keys() | other.headers.keys()):
        pair = one.headers.get(name, ABSENT), other.headers.get(name, ABSENT)
        if pair[0] != pair[1]:
            found[f"headers.{name}"] = pair
    for path, left, right in _walk(one.body, other.body, one.root, deepest):
        if not any(is_within(path, field) for field in ignore):
            found.setdefault(path, (left, right))
    return found


def _there(error: str | None) -> Any:
    return ABSENT if error is None else error


def is_within(path: str, field: str) -> bool:
    """Whether the path is the field or a part of what it holds."""
    return path == field or path.startswith((f"{field}.", f"{field}[]"))


def _walk(one: Any, other: Any, path: str, depth: int) -> Iterator[tuple[str, Any, Any]]:
    if depth and isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted(one.keys() | other.keys()):
            inner = f"{path}.{_named(key)}"
            if key in one and key in other:
                yield from _walk(one[key], other[key], inner, depth - 1)
            else:
                yield inner, one.get(key, ABSENT), other.get(key, ABSENT)
    elif depth and isinstance(one, list) and isinstance(other, list):
        if len(one) == len(other) and not _reordered(one, other):
            for left, right in zip(one, other, strict=True):
                yield from _walk(left, right, f"{path}[]", depth - 1)
        elif one != other:
            yield f"{path}[]", one, other
    elif one != other or isinstance(one, bool) is not isinstance(other, bool):
        yield path, one, other


def _reordered(one: list[Any], other: list[Any]) -> bool:
    """Whether they have the same items in another order: then the order is all that differs."""
    if one == other:
        return False
    left, right = (
        Counter(json.dumps(item, sort_keys=True) for item in each) for each in (one, other)
    )
    return left == right


def _named(key: str) -> str:
    """The key, or a star for one that is data, such as an order's number or an address."""
    return key if _NAME.fullmatch(key) and not _DATA.search(key) else "*"
