"""A contract removes what no version that can still be called needs, and refuses the rest."""

import json
from typing import Any

import pytest

from handlers.adapters.database.deadline import Deadline
from handlers.domain.document import read_document
from handlers.domain.items.shapes import Shape, read_shape
from handlers.errors import MigrationRefused
from handlers.migrating.migrate_items import contract_items

NOTE = "migrations/0002_note.contract.json"
INDEX = "migrations/0003_by_state.contract.json"
EXPAND = {
    "table": "orders",
    "addIndex": {
        "name": "by-state",
        "keys": [{"name": "state", "type": "S", "role": "HASH"}],
        "projection": "ALL",
    },
}
REMOVE_NOTE = {"table": "orders", "removeAttributes": ["note", "memo"], "segments": 2}
REMOVE_INDEX = {"table": "orders", "removeIndex": "by-state"}


def shape(**content: Any) -> Shape:
    document = {"table": "orders", "key": {"id": "S"}, **content}
    found, findings = read_shape(json.dumps(document), "statements/read_order.json")
    assert found is not None, findings
    return found


def contract(lab: Any, files: dict[str, Any], *reachable: Shape) -> Any:
    document = read_document(lab.event(files))
    section: Any = None
    while section is None or section.next == "again":
        section = contract_items(document, Deadline.of(None), lab.tools, reachable)
    return section


def test_attributes_are_taken_off_every_item(lab: Any) -> None:
    lab.put(count=120, note={"S": "x"}, state={"S": "new"})
    lab.put({"id": {"S": "a"}, "memo": {"S": "y"}}, {"id": {"S": "b"}})
    section = contract(lab, {NOTE: REMOVE_NOTE}, shape(reads={"state": "S", "note": "S?"}))
    assert section.reason == "applied 0002_note.contract: 121 items written"
    items = lab.items().values()
    assert not any({"note", "memo"} & item.keys() for item in items)
    assert sum("state" in item for item in items) == 120


def test_an_index_is_gone_when_it_is_done(lab: Any) -> None:
    lab.migrate({"migrations/0003_by_state.expand.json": EXPAND})
    assert contract(lab, {INDEX: REMOVE_INDEX}).next == "done"
    assert lab.indexes() == {}
    assert contract(lab, {INDEX: REMOVE_INDEX}).already_applied == 1


@pytest.mark.parametrize(
    ("files", "reachable", "sentence"),
    [
        (
            {NOTE: REMOVE_NOTE},
            {"reads": {"note": "S"}},
            "attribute-in-use: a version that can still be called reads note",
        ),
        (
            {NOTE: REMOVE_NOTE},
            {"puts": {"note": "S"}},
            "attribute-still-written: a version that can still be called writes note",
        ),
        ({NOTE: REMOVE_NOTE | {"removeAttributes": ["id"]}}, {"reads": {}}, "key-immutable: id"),
        (
            {INDEX: REMOVE_INDEX},
            {"index": "by-state", "key": {"state": "S"}, "reads": {}},
            "index-in-use: a version that can still be called reads by by-state",
        ),
    ],
)
def test_what_a_version_that_can_be_called_needs_stays(
    lab: Any, files: dict[str, Any], reachable: dict[str, Any], sentence: str
) -> None:
    lab.put({"id": {"S": "1"}, "note": {"S": "x"}})
    with pytest.raises(MigrationRefused, match=sentence):
        contract(lab, files, shape(**reachable))
    assert lab.items()["1"]["note"] == {"S": "x"}
    assert lab.steps() == {}


def test_who_still_writes_an_attribute_can_be_waived(lab: Any) -> None:
    waived = REMOVE_NOTE | {"waivers": {"attribute-still-written": "written by nobody since May"}}
    assert contract(lab, {NOTE: waived}, shape(puts={"note": "S"})).next == "done"
