"""Blue's item shapes against green's, and against what the release does to the tables."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.items.changes import Index, IndexKey, ItemsMigration
from handlers.domain.items.gate.gate import items_summary, judge_items
from handlers.domain.items.migrations import read_items_migration
from handlers.domain.items.shapes import Shape, read_shape
from handlers.domain.items.table import MadeIndex, Table, read_table, same
from handlers.domain.schema.gate.report import GateReport

KEYS = (IndexKey("id", "S", "HASH"), IndexKey("at", "N", "RANGE"))
BY_STATE = Index("by-state", (IndexKey("state", "S", "HASH"),), ("total",))
TABLE = Table(name="shop-orders", keys=KEYS, indexes={"by-state": MadeIndex(BY_STATE, ready=True)})
KEY = {"id": "S", "at": "N"}
READ = {"reads": {"state": "S", "total": "N", "note": "S?"}}
PUT = {"puts": {"state": "S", "total": "N", "note": "S?"}}


def shape(name: str = "a", **content: Any) -> Shape:
    document = {"table": "orders", "key": KEY, **content}
    found, findings = read_shape(json.dumps(document, indent=1), f"statements/{name}.json")
    assert found is not None, findings
    return found


def migration(name: str, **content: Any) -> ItemsMigration:
    file = parse_migration_path(f"migrations/{name}.json")
    assert file is not None
    document = {"table": "orders", **content}
    found, findings = read_items_migration(json.dumps(document, indent=1), file)
    assert found is not None, findings
    return found


def judge(
    blue: Sequence[Shape],
    green: Sequence[Shape],
    *pending: ItemsMigration,
    table: Table | None = TABLE,
) -> GateReport:
    return judge_items(blue, green, pending, {"orders": table} if table else {})


def rules(report: GateReport) -> list[str]:
    return [each.rule for each in report.findings]


BLUE = [shape("read", **READ), shape("put", **PUT)]


def test_a_release_that_changes_nothing_is_accepted() -> None:
    report = judge(BLUE, BLUE)
    assert report.findings == ()
    assert items_summary(report, 2, 2) == "gate: 2 item shapes of green agree with 2 of blue"


def test_a_new_attribute_that_may_be_missing_is_accepted() -> None:
    green = [
        shape("read", reads={**READ["reads"], "channel": "S?"}),
        shape("put", puts={**PUT["puts"], "channel": "S"}),
    ]
    assert rules(judge(BLUE, green)) == []


ATTRIBUTES = [
    pytest.param(
        [shape("put", puts={"state": "S", "note": "S"})],
        ["attribute-not-written"],
        id="not written any more",
    ),
    pytest.param(
        [shape("put", puts={"state": "S", "total": "N?"})],
        ["attribute-not-written"],
        id="not always written any more",
    ),
    pytest.param(
        [shape("put", **PUT), shape("put_two", puts={"state": "S"})],
        ["attribute-not-written"],
        id="not written by one of two",
    ),
    pytest.param(
        [shape("put", puts={"state": "N", "total": "N"})],
        ["index-key-type", "type-changed"],
        id="another type, which an index refuses as well",
    ),
    pytest.param(
        [shape("put", puts={"state": "S", "total": "N|NULL"})],
        ["type-changed"],
        id="one type more",
    ),
    pytest.param(
        [shape("put", puts={"state": "S", "total": "N", "note": "L?"})],
        ["type-changed"],
        id="another type of what may be missing",
    ),
    pytest.param(
        [shape("put", **PUT), shape("update", updates={"total": "S"})],
        ["type-changed"],
        id="another type by an update",
    ),
    pytest.param(
        [shape("put", **PUT), shape("update", updates={}, removes=["total"])],
        ["attribute-removed"],
        id="taken away by an update",
    ),
    pytest.param(
        [shape("put", **PUT), shape("update", updates={}, removes=["note"])],
        [],
        id="taken away, which blue can do without",
    ),
    pytest.param([shape("update", updates={"state": "S"})], ["item-not-written"], id="no put"),
    pytest.param(
        [shape("put", **PUT), shape("put_line", item="line", puts={"total": "S"})],
        [],
        id="another kind of item",
    ),
    pytest.param(
        [shape("put", **PUT), shape("read", reads={"channel": "S"})],
        ["attribute-read-too-early"],
        id="needed before blue is gone",
    ),
    pytest.param(
        [shape("put", **PUT), shape("read", reads={"note": "S"})],
        ["attribute-read-too-early"],
        id="needed, and only some of blue's have it",
    ),
    pytest.param(
        [shape("put", **PUT), shape("read", reads={"total": "S"})],
        ["type-changed"],
        id="read in another type than blue writes",
    ),
]


@pytest.mark.parametrize(("green", "expected"), ATTRIBUTES)
def test_attributes_that_blue_reads_must_still_be_written_in_their_types(
    green: list[Shape], expected: list[str]
) -> None:
    report = judge(BLUE, green)
    assert rules(report) == expected
    assert report.accepted == (not expected)
    assert all(each.layer == "items" and each.remedy and each.breaks for each in report.findings)


def test_a_finding_names_the_line_of_both_and_what_to_do() -> None:
    (finding,) = judge(BLUE, [shape("put", puts={"state": "S", "total": "S"})]).findings
    assert (finding.path, finding.line, finding.verdict) == ("statements/put.json", 9, "REFUSE")
    assert finding.breaks == "total becomes S, and blue reads it as N (statements/read.json:9)"
    assert "under a new name, backfill it" in finding.remedy


def test_what_blue_needs_of_items_that_others_put_is_not_judged() -> None:
    blue = [shape("read", **READ)]
    assert rules(judge(blue, blue)) == []


def test_what_blue_itself_puts_only_sometimes_green_need_not_put_always() -> None:
    blue = [
        shape("read", reads={"paidAt": "N"}),
        shape("put", puts={"state": "S"}),
        shape("pay", updates={"paidAt": "N"}),
    ]
    assert rules(judge(blue, blue)) == []
    assert rules(judge(blue, blue[:2])) == ["attribute-not-written"]


KEYED = [
    pytest.param(shape(key={"id": "S"}, puts={}), ["key-changed"], id="a part of the key"),
    pytest.param(shape(key={"id": "N", "at": "N"}, reads={}), ["key-changed"], id="type"),
    pytest.param(shape(key={"no": "S", "at": "N"}, updates={}), ["key-changed"], id="name"),
    pytest.param(shape(key={"at": "N"}, reads={}), ["key-changed"], id="the sort key alone"),
    pytest.param(shape(key={"id": "S"}, reads={}), [], id="a query of a partition"),
    pytest.param(shape(index="by-state", key={"state": "S"}, reads={}), [], id="by an index"),
    pytest.param(
        shape(index="by-state", key={"state": "N"}, reads={}), ["key-changed"], id="index's type"
    ),
    pytest.param(
        shape(index="by-total", key={"total": "N"}, reads={}), ["index-missing"], id="no index"
    ),
    pytest.param(shape(updates={"state": "NULL"}), ["index-key-type"], id="NULL in an index's key"),
]


@pytest.mark.parametrize(("green", "expected"), KEYED)
def test_keys_are_those_that_the_tables_have(green: Shape, expected: list[str]) -> None:
    assert rules(judge([], [green])) == expected


@pytest.mark.parametrize(
    ("key", "does", "expected"),
    [
        ({"id": "N", "at": "N"}, "reads", ["key-changed"]),
        ({"no": "S"}, "reads", ["key-changed"]),
        ({"id": "S"}, "puts", ["key-changed"]),
        ({"id": "S"}, "reads", []),
        (KEY, "puts", []),
    ],
)
def test_without_the_tables_keys_are_held_against_blues(
    key: dict[str, str], does: str, expected: list[str]
) -> None:
    blue = [shape("get", puts={})]
    green = [shape("put", puts={}), shape("mine", **{"key": key, does: {}})]
    assert rules(judge(blue, green, table=None)) == expected


def adding(name: str = "by-total", type_: str = "N", attribute: str = "total") -> ItemsMigration:
    keys = [{"name": attribute, "type": type_, "role": "HASH"}]
    return migration(
        "0002_by.expand", addIndex={"name": name, "keys": keys, "projection": "KEYS_ONLY"}
    )


def test_an_index_that_the_release_adds_can_be_read_by_green() -> None:
    green = [*BLUE, shape("by", index="by-total", key={"total": "N"}, reads={})]
    assert rules(judge(BLUE, green, adding())) == []


def test_an_index_on_what_blue_writes_in_another_type_is_refused() -> None:
    report = judge(BLUE, BLUE, adding(type_="S"))
    # And green, which writes it so as well.
    assert rules(report) == ["index-key-type", "index-key-type"]
    assert "blue writes total as N (statements/put.json:9)" in report.findings[0].breaks


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (adding("by-state", "S", "state"), ["index-differs"]),
        (adding("by-at", "S", "at"), ["key-changed"]),
        (adding("by-at", "N", "at"), []),
    ],
)
def test_an_index_fits_the_keys_that_are_there(added: ItemsMigration, expected: list[str]) -> None:
    assert rules(judge([], [], added)) == expected


FILLED = [
    pytest.param({"id": {"value": "x"}}, ["key-immutable"], id="a key"),
    pytest.param({"state": {"value": 1}}, ["index-key-type", "type-changed"], id="index's key"),
    pytest.param({"total": {"value": "x"}}, ["type-changed"], id="another type than blue's"),
    pytest.param({"total": {"fromAttribute": "state"}}, ["type-changed"], id="by a copy"),
    pytest.param({"total": {"fromAttribute": "state", "as": "N"}}, [], id="turned"),
    pytest.param({"note": {"value": "x"}}, [], id="what blue writes too"),
    pytest.param({"channel": {"value": "x"}}, ["backfill-before-writers"], id="new to blue"),
]


@pytest.mark.parametrize(("sets", "expected"), FILLED)
def test_a_backfill_makes_nothing_that_blue_cannot_read(
    sets: dict[str, Any], expected: list[str]
) -> None:
    assert rules(judge(BLUE, BLUE, migration("0003_a.backfill", set=sets))) == expected


def test_a_backfill_before_its_writers_passes_with_a_waiver_and_its_reason() -> None:
    sets = {"channel": {"value": "x"}}
    assert not judge(BLUE, BLUE, migration("0003_a.backfill", set=sets)).accepted
    waivers = {"backfill-before-writers": "green reads it as channel?"}
    report = judge(BLUE, BLUE, migration("0003_a.backfill", set=sets, waivers=waivers))
    assert report.accepted
    assert report.statements[0].verdict == "REVIEW"
    assert "backfill-before-writers waived: green reads it as channel?" in (
        items_summary(report, 2, 2)
    )


def test_a_refusal_cannot_be_waived() -> None:
    waivers = {"key-immutable": "we know better"}
    filling = migration("0003_a.backfill", set={"id": {"value": 1}}, waivers=waivers)
    assert not judge([], [], filling).accepted


@pytest.mark.parametrize(
    ("blue", "green", "note"),
    [
        ([], [], "item shapes are not declared: nothing was checked"),
        ([], BLUE, "blue declares no item shapes: green's were held against the tables alone"),
        (BLUE, [], "green declares no item shapes: what blue needs of it was not checked"),
    ],
)
def test_what_is_not_declared_is_said(blue: list[Shape], green: list[Shape], note: str) -> None:
    report = judge(blue, green)
    assert report.notes == (note,)
    assert report.accepted
    assert items_summary(report, len(blue), len(green)) == f"gate: {note}"


def test_a_described_table_is_read_with_its_keys_and_indexes() -> None:
    described = {
        "TableName": "shop-orders",
        "KeySchema": [
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "state", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-state",
                "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]},
                "IndexStatus": "CREATING",
                "Backfilling": False,
            }
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "local",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "ItemCount": 7,
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2},
    }
    table = read_table(described)
    assert table.keys == KEYS
    assert table.indexes["by-state"] == MadeIndex(BY_STATE, ready=False)
    assert not table.indexes["local"].is_global
    assert table.throughput == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2}
    assert table.key_types() == {"id": "S", "at": "N", "state": "S"}
    filled = described["GlobalSecondaryIndexes"][0] | {"IndexStatus": "ACTIVE", "Backfilling": True}
    assert (
        not read_table(described | {"GlobalSecondaryIndexes": [filled]}).indexes["by-state"].ready
    )


def test_the_order_of_projected_attributes_makes_no_other_index() -> None:
    assert same(Index("i", KEYS, ("a", "b")), Index("i", KEYS, ("b", "a")))
    assert not same(Index("i", KEYS, ("a",)), Index("i", KEYS, "ALL"))
