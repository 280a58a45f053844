"""The machine for an interpreter that is older than two keys of a retrier."""

import json
from collections.abc import Iterator
from typing import Any

NEWER = {"MaxDelaySeconds", "JitterStrategy"}
"""They say only how long a retrier waits.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""


def without_newer_keys(definition: str) -> str:
    """The definition without these keys of its retriers, and with everything else."""
    machine = json.loads(definition)
    for state in machine["States"].values():
        for retrier in state.get("Retry", []):
            for key in NEWER:
                retrier.pop(key, None)
    assert_only_newer_keys_are_gone(json.loads(definition), machine)
    return json.dumps(machine)


def assert_only_newer_keys_are_gone(before: Any, after: Any) -> None:
    """Sees that the second is the first but for the keys of its retriers."""
    had, has = dict(_values(before)), dict(_values(after))
    gone = {path for path in had if path not in has}
    other = {path for path in gone if path[-1] not in NEWER or path[-3:-2] != ("Retry",)}
    assert not other, f"more than {sorted(NEWER)} is gone: {other}"
    assert has == {path: value for path, value in had.items() if path not in gone}


def _values(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Each value that is no object and no list, and each of those as empty, by its path."""
    if isinstance(document, dict | list):
        yield path, type(document)()
        parts = document.items() if isinstance(document, dict) else enumerate(document)
        for key, value in parts:
            yield from _values(value, (*path, key))
    else:
        yield path, document
