"""The published schemas of item shapes and of migrations of DynamoDB's tables, and the checks of the domain, judge the same documents alike."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.findings import Finding
from handlers.domain.items.migrations import read_items_migration
from handlers.domain.items.passes import MOST_SEGMENTS, MOST_SET, MOST_UNITS
from handlers.domain.items.shapes import read_shape
from handlers.domain.reading import forms

SCHEMAS = Path(__file__).parents[3] / "statemachine" / "schemas"
GONE = object()
KEYS = [
    {"name": "state", "type": "S", "role": "HASH"},
    {"name": "at", "type": "N", "role": "RANGE"},
]
EXAMPLES: dict[str, dict[str, Any]] = {
    "items": {"table": "orders", "key": {"id": "S"}, "reads": {"state": "S", "note": "S|NULL?"}},
    "items-expand": {
        "table": "orders",
        "addIndex": {"name": "by-state", "keys": KEYS, "projection": "ALL"},
    },
    "items-backfill": {"table": "orders", "set": {"channel": {"value": "web"}}},
    "items-contract": {"table": "orders", "removeAttributes": ["note"]},
}


def _schema(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))
    return found


def _findings(kind: str, document: Any) -> list[Finding]:
    if kind == "items":
        return read_shape(json.dumps(document), "statements/a.json")[1]
    file = parse_migration_path(f"migrations/0001_a.{kind.removeprefix('items-')}.json")
    assert file is not None
    return read_items_migration(json.dumps(document), file)[1]


def _judged(kind: str, document: Any) -> tuple[bool, bool]:
    return Draft202012Validator(_schema(kind)).is_valid(document), not _findings(kind, document)


def _changed(kind: str, changes: Any) -> Any:
    if not isinstance(changes, dict):
        return changes
    document = copy.deepcopy(EXAMPLES[kind])
    for path, value in changes.items():
        *folders, last = [int(part) if part.isdigit() else part for part in path.split("/")]
        at: Any = document
        for part in folders:
            at = at[part]
        if value is GONE:
            del at[last]
        else:
            at[last] = value
    return document


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("items", {"item": "order line"}),
    ("items", {"key": {"id": "S", "at": "N"}}),
    ("items", {"index": "by-state"}),
    ("items", {"reads": {}}),
    ("items", {"reads": GONE, "puts": {"state": "S", "lines": "L", "note": "S?"}}),
    ("items", {"reads": GONE, "updates": {"state": "S"}, "removes": ["note"]}),
    ("items", {"reads": GONE, "updates": {}, "removes": []}),
    ("items", {"reads/täg": "SS"}),
    ("items-expand", {"addIndex/keys": KEYS[:1]}),
    ("items-expand", {"addIndex/projection": "KEYS_ONLY"}),
    ("items-expand", {"addIndex/projection": ["total"]}),
    ("items-expand", {"waivers": {"index-key-type": "only old items have it"}}),
    ("items-backfill", {"set/channel": {"value": None}}),
    ("items-backfill", {"set/channel": {"value": {"a": [1, 2.5, True]}}}),
    ("items-backfill", {"set/channel": {"fromAttribute": "source"}}),
    ("items-backfill", {"set/channel": {"fromAttribute": "source", "as": "N"}}),
    ("items-backfill", {"segments": 32, "unitsPerSecond": 40000}),
    ("items-backfill", {"segments": 1.0, "where": {"kind": "order", "size": 2, "open": True}}),
    ("items-backfill", {"waivers": {"backfill-before-writers": "carts live for a day"}}),
    ("items-contract", {"segments": 2, "where": {"kind": "order"}}),
    ("items-contract", {"removeAttributes": GONE, "removeIndex": "by-state"}),
]
BAD: list[tuple[str, Any]] = [
    ("items", []),
    ("items", {"table": GONE}),
    ("items", {"table": "9"}),
    ("items", {"table": 1}),
    ("items", {"item": ""}),
    ("items", {"key": GONE}),
    ("items", {"key": {}}),
    ("items", {"key": []}),
    ("items", {"key": {"a": "S", "b": "S", "c": "S"}}),
    ("items", {"key": {"id": "BOOL"}}),
    ("items", {"key": {"i d": "S"}}),
    ("items", {"reads": GONE}),
    ("items", {"puts": {"state": "S"}}),
    ("items", {"reads/state": "string"}),
    ("items", {"reads/state": "S?|N"}),
    ("items", {"reads/state": "?"}),
    ("items", {"reads/state": 1}),
    ("items", {"reads/a b": "S"}),
    ("items", {"reads": {f"a{n}": "S" for n in range(501)}}),
    ("items", {"reads": ["state"]}),
    ("items", {"index": "no"}),
    ("items", {"reads": GONE, "puts": {}, "index": "by-state"}),
    ("items", {"removes": ["note"]}),
    ("items", {"reads": GONE, "updates": {}, "removes": ["note", "note"]}),
    ("items", {"reads": GONE, "updates": {}, "removes": "note"}),
    ("items", {"format": 1}),
    ("items-expand", "addIndex"),
    ("items-expand", {"table": GONE}),
    ("items-expand", {"addIndex": GONE}),
    ("items-expand", {"addIndex": []}),
    ("items-expand", {"addIndex/name": GONE}),
    ("items-expand", {"addIndex/name": "a b"}),
    ("items-expand", {"addIndex/keys": GONE}),
    ("items-expand", {"addIndex/keys": []}),
    ("items-expand", {"addIndex/keys": {}}),
    ("items-expand", {"addIndex/keys": [*KEYS, KEYS[0]]}),
    ("items-expand", {"addIndex/keys": KEYS[1:]}),
    ("items-expand", {"addIndex/keys": [KEYS[1], KEYS[0]]}),
    ("items-expand", {"addIndex/keys/0/type": "BOOL"}),
    ("items-expand", {"addIndex/keys/0/name": GONE}),
    ("items-expand", {"addIndex/keys/0/kind": "S"}),
    ("items-expand", {"addIndex/keys/0": "state"}),
    ("items-expand", {"addIndex/projection": GONE}),
    ("items-expand", {"addIndex/projection": "INCLUDE"}),
    ("items-expand", {"addIndex/projection": []}),
    ("items-expand", {"addIndex/projection": ["a", "a"]}),
    ("items-expand", {"addIndex/unique": True}),
    ("items-expand", {"waivers": {"Rule": "why"}}),
    ("items-expand", {"waivers": {"rule": 1}}),
    ("items-expand", {"segments": 4}),
    ("items-backfill", {"set": GONE}),
    ("items-backfill", {"set": {}}),
    ("items-backfill", {"set": {f"a{n}": {"value": 1} for n in range(21)}}),
    ("items-backfill", {"set/channel": "web"}),
    ("items-backfill", {"set/channel": {}}),
    ("items-backfill", {"set/channel": {"value": 1, "fromAttribute": "a"}}),
    ("items-backfill", {"set/channel": {"value": 1, "as": "S"}}),
    ("items-backfill", {"set/channel": {"fromAttribute": "source", "as": "BOOL"}}),
    ("items-backfill", {"set/channel": {"fromAttribute": 1}}),
    ("items-backfill", {"set/a b": {"value": 1}}),
    ("items-backfill", {"segments": 0}),
    ("items-backfill", {"segments": 33}),
    ("items-backfill", {"unitsPerSecond": 0}),
    ("items-backfill", {"unitsPerSecond": 40001}),
    ("items-backfill", {"unitsPerSecond": "10"}),
    ("items-backfill", {"where": {"kind": None}}),
    ("items-backfill", {"where": {"a b": 1}}),
    ("items-backfill", {"where": []}),
    ("items-contract", {"removeAttributes": GONE}),
    ("items-contract", {"removeAttributes": []}),
    ("items-contract", {"removeAttributes": ["a b"]}),
    ("items-contract", {"removeIndex": "by-state"}),
    ("items-contract", {"removeAttributes": GONE, "removeIndex": "no"}),
    ("items-contract", {"removeAttributes": GONE, "removeIndex": "by-state", "segments": 2}),
    ("items-contract", {"set": {}}),
]
BEYOND_A_SCHEMA: list[tuple[str, str, dict[str, Any]]] = [
    ("a key attribute is listed once", "items", {"reads/id": "S"}),
    (
        "what is set is not removed",
        "items",
        {"reads": GONE, "updates": {"a": "S"}, "removes": ["a"]},
    ),
    ("an index has two attributes", "items-expand", {"addIndex/keys/1/name": "state"}),
    (
        "an attribute is not its own source",
        "items-backfill",
        {"set/channel": {"fromAttribute": "channel"}},
    ),
]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_examples_are_good(kind: str) -> None:
    assert _judged(kind, EXAMPLES[kind]) == (True, True)


@pytest.mark.parametrize(("kind", "changes"), GOOD)
def test_both_accept_what_is_good(kind: str, changes: Any) -> None:
    document = _changed(kind, changes)
    assert _judged(kind, document) == (True, True), _findings(kind, document)


@pytest.mark.parametrize(("kind", "changes"), BAD)
def test_both_refuse_what_is_bad(kind: str, changes: Any) -> None:
    document = _changed(kind, changes)
    assert _judged(kind, document) == (False, False)
    assert all(each.where and each.what and each.do for each in _findings(kind, document))


@pytest.mark.parametrize(("rule", "kind", "changes"), BEYOND_A_SCHEMA)
def test_the_domain_alone_refuses_what_a_schema_cannot_say(
    rule: str, kind: str, changes: Any
) -> None:
    assert _judged(kind, _changed(kind, changes)) == (True, False), rule


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_schema_is_valid_and_describes_every_property(kind: str) -> None:
    schema = _schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    for section in (schema, *schema.get("$defs", {}).values()):
        for name, inner in section.get("properties", {}).items():
            assert inner.get("description"), name


def test_patterns_and_limits_are_those_of_the_domain() -> None:
    items, backfill = _schema("items"), _schema("items-backfill")
    assert items["properties"]["table"]["pattern"] == f"^{forms.TABLE_KEY.pattern}$"
    assert items["properties"]["index"]["pattern"] == f"^{forms.DYNAMO_NAME.pattern}$"
    assert (
        items["properties"]["reads"]["propertyNames"]["pattern"] == f"^{forms.ATTRIBUTE.pattern}$"
    )
    assert items["$defs"]["types"]["pattern"] == f"^{forms.ATTRIBUTE_TYPES.pattern}$"
    assert items["properties"]["item"]["pattern"] == f"^{forms.NAMED.pattern}$"
    properties = backfill["properties"]
    assert properties["segments"]["maximum"] == MOST_SEGMENTS
    assert properties["unitsPerSecond"]["maximum"] == MOST_UNITS
    assert properties["set"]["maxProperties"] == MOST_SET
    assert properties["waivers"]["propertyNames"]["pattern"] == f"^{forms.RULE.pattern}$"


def test_a_finding_names_file_line_and_path() -> None:
    text = (
        '{\n  "table": "orders",\n  "key": {"id": "S"},\n  "reads": {\n    "state": "text"\n  }\n}'
    )
    (finding,) = read_shape(text, "statements/read_order.json")[1]
    assert finding.where == "statements/read_order.json:5 reads.state"
    assert "did you" not in finding.do
    (finding,) = read_shape('{"table": "a"', "statements/x.json")[1]
    assert (finding.code, finding.where) == ("NotJson", "statements/x.json:1")


def test_a_number_that_no_machine_can_hold_is_refused() -> None:
    file = parse_migration_path("migrations/0001_a.backfill.json")
    assert file is not None
    text = '{"table": "orders", "set": {"a": {"value": [1e999]}}}'
    (finding,) = read_items_migration(text, file)[1]
    assert finding.where.endswith("set.a.value")
