"""The line of every key of a JSON document."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.items.shapes import read_shape
from handlers.domain.reading.json_lines import find_json_lines

TEXT = """\
{ "table": "orders", "keys": [
    {"name": "a: {b}", "role": "HASH"},
    [ 1, [],
      "x,y" ]
  ],
  "note": "say \\"no\\": {",

  "last": null }
"""


def test_keys_and_items_have_their_lines() -> None:
    lines = find_json_lines(TEXT)
    assert lines[("table",)] == 1
    assert lines[("keys", 0, "role")] == 2
    assert lines[("keys", 1)] == 3
    assert lines[("keys", 1, 2)] == 4
    assert lines[("note",)] == 6
    assert lines[("last",)] == 8


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=12,
)


def expected(value: Any, path: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    found = set()
    for key, item in inner:
        found |= {(*path, key)} | expected(item, (*path, key))
    return found


@given(VALUES, st.sampled_from([None, 1]))
def test_every_key_of_any_document_is_found(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    lines = find_json_lines(text)
    assert set(lines) == expected(value)
    rows = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert f'"{path[-1]}"' in rows[line - 1]


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"a": 1, "a": 2}', "[" * 5000 + "]" * 5000])
def test_what_is_no_declaration_is_a_finding(text: str) -> None:
    shape, findings = read_shape(text, "statements/a.json")
    assert shape is None
    assert findings
