"""MigrateSchema applies each expand statement once, whatever is repeated."""

from typing import Any

import pytest

from handlers.errors import (
    AwsRefused,
    ClaimLost,
    MigrationChanged,
    MigrationFailed,
)

pytestmark = pytest.mark.parametrize("lab", ["wire", "data API"], indirect=True)

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL);\n"
NOTE = "-- green writes notes\nALTER TABLE orders ADD COLUMN note text;\nINSERT INTO orders VALUES (1, 'tea');\n"


def test_expand_files_are_applied_in_order_and_contracts_are_left_alone(lab: Any) -> None:
    answer = lab.migrate(
        {
            "0002_note.expand.sql": NOTE,
            "0001_orders.expand.sql": ORDERS,
            "0002_note.contract.sql": "DROP TABLE orders",
        }
    )
    assert answer == {
        "applied": ["0001_orders", "0002_note"],
        "alreadyApplied": 0,
        "statements": 3,
        "longestLockMs": answer["longestLockMs"],
        "backfill": None,
        "next": "done",
        "gate": "gate: not in this lab",
        "reason": answer["reason"],
    }
    assert answer["longestLockMs"] > 0
    assert answer["reason"].startswith("applied 0001_orders to 0002_note: 3 statements, locks held")
    assert lab.ask("SELECT id, item, note FROM orders") == [[1, "tea", None]]
    assert lab.statements("version", "number", "name", "state", "of", "rows", "deployment") == [
        [1, 1, "orders", "done", 1, None, f"{lab.service}-1"],
        [2, 1, "note", "done", 2, None, f"{lab.service}-1"],
        [2, 2, "note", "done", 2, 1, f"{lab.service}-1"],
    ]


def test_the_same_call_again_changes_nothing_and_answers_the_same(lab: Any) -> None:
    event = lab.event({"0001_orders.expand.sql": ORDERS, "0002_note.expand.sql": NOTE})
    first = lab.call(event)
    rows = lab.statements("*")
    again = lab.call(event)
    assert {k: again[k] for k in ("applied", "alreadyApplied", "statements", "next")} == {
        k: first[k] for k in ("applied", "alreadyApplied", "statements", "next")
    }
    assert lab.statements("*") == rows
    assert lab.value("SELECT count(*) FROM orders") == 1


def test_a_later_release_applies_only_what_is_new(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    answer = lab.migrate({"0001_orders.expand.sql": ORDERS, "0002_note.expand.sql": NOTE})
    assert (answer["applied"], answer["alreadyApplied"], answer["statements"]) == (
        ["0002_note"],
        1,
        2,
    )


def test_an_older_release_finds_its_files_applied_and_newer_ones_do_not_disturb_it(
    lab: Any,
) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS, "0002_note.expand.sql": NOTE})
    answer = lab.migrate({"0001_orders.expand.sql": ORDERS})
    assert answer["reason"] == "nothing to apply: 1 expand migration applied already"
    assert (answer["applied"], answer["alreadyApplied"], answer["next"]) == ([], 1, "done")


@pytest.mark.parametrize("variable", ["GREENSHIFT_DATABASE_SECRET"])
def test_a_service_without_a_database_passes_straight_through(
    lab: Any, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GREENSHIFT_DATABASE_CLUSTER", raising=False)
    for name in (variable, "GREENSHIFT_SERVICE", "GREENSHIFT_BUCKET"):
        monkeypatch.delenv(name)
    answer = lab.migrate({"0001_orders.expand.sql": ORDERS})
    assert answer == {
        "applied": [],
        "alreadyApplied": 0,
        "statements": 0,
        "longestLockMs": 0.0,
        "backfill": None,
        "next": "done",
        "gate": "gate: nothing to judge",
        "reason": "the service has no database",
    }


def test_a_release_without_migrations_needs_no_database(lab: Any) -> None:
    lab.login(port=1)
    assert lab.migrate({"0001_move.contract.sql": "x"})["reason"] == "the release has no migrations"
    assert lab.migrate({}, bundle=None)["next"] == "done"


def test_an_execution_of_another_service_is_refused(lab: Any) -> None:
    event = lab.event({"0001_orders.expand.sql": ORDERS})
    with pytest.raises(
        MigrationFailed,
        match=f"this migrator serves {lab.service}, and the execution is of billing",
    ):
        lab.call(
            {
                **event,
                "service": "billing",
                "deployment": {**event["deployment"], "service": "billing"},
            }
        )
    with pytest.raises(MigrationFailed, match="is of billing"):
        lab.call({**event, "deployment": {**event["deployment"], "service": "billing"}})


def test_a_deployment_with_a_lower_token_than_the_database_has_seen_applies_nothing(
    lab: Any,
) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS}, token=7)
    with pytest.raises(
        ClaimLost, match="a later deployment has migrated the database since token 6"
    ):
        lab.migrate({"0001_orders.expand.sql": ORDERS, "0002_note.expand.sql": NOTE}, token=6)
    assert lab.value("SELECT count(*) FROM greenshift.statements") == 1
    assert lab.ask("SELECT service, token FROM greenshift.fence") == [[lab.service, 7]]


def test_a_token_raised_between_two_statements_stops_the_older_deployment(lab: Any) -> None:
    usurp = f"UPDATE greenshift.fence SET token = 99 WHERE service = '{lab.service}';"
    with pytest.raises(ClaimLost):
        lab.migrate({"0001_orders.expand.sql": usurp + ORDERS})
    assert lab.value("SELECT to_regclass('orders') IS NULL")


CHANGED = [
    pytest.param(
        {"0001_orders.expand.sql": ORDERS.replace("text", "varchar")},
        r"migrations/0001_orders\.expand\.sql:1: statement 1 is sha256:\w{12}, but sha256:\w{12} was applied on 20",
        id="another text",
    ),
    pytest.param(
        {"0001_orders.expand.sql": ORDERS + "SELECT 1;"},
        r"0001_orders\.expand\.sql: its 2 statements are sha256:\w{12}, but 1 statements, sha256:\w{12}, were applied on 20",
        id="one statement more",
    ),
    pytest.param(
        {"0001_orders.expand.sql": "-- nothing"},
        r"its 0 statements are",
        id="one statement less",
    ),
    pytest.param(
        {"0001_shop.expand.sql": ORDERS},
        r"0001_shop\.expand\.sql: number 0001 was applied as 0001_orders on 20",
        id="another name",
    ),
    pytest.param(
        {"0002_note.expand.sql": NOTE},
        r"migrations/0001_orders\.expand\.sql was applied on 20.* and is gone from the bundle",
        id="gone",
    ),
]


@pytest.mark.parametrize(("files", "sentence"), CHANGED)
def test_a_file_that_changed_after_it_was_applied_is_refused(
    lab: Any, files: dict[str, str], sentence: str
) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    files = {"0003_more.expand.sql": "CREATE TABLE more ()", **files}
    with pytest.raises(MigrationChanged, match=sentence):
        lab.migrate(files)
    assert lab.value("SELECT to_regclass('more') IS NULL"), "nothing of the release was applied"


def test_comments_and_white_space_may_change(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": ORDERS})
    spaced = "/* first */ " + ORDERS.replace("TABLE", "  TABLE -- the table\n")
    assert lab.migrate({"0001_orders.expand.sql": spaced})["alreadyApplied"] == 1


def test_a_new_file_before_an_applied_one_is_refused(lab: Any) -> None:
    lab.migrate({"0002_orders.expand.sql": ORDERS})
    with pytest.raises(MigrationFailed, match="it is new but comes before 0002"):
        lab.migrate({"0001_late.expand.sql": "SELECT 1", "0002_orders.expand.sql": ORDERS})


def test_a_bundle_that_is_not_the_planned_one_is_refused(lab: Any) -> None:
    event = lab.event({"0001_orders.expand.sql": ORDERS})
    event["deployment"]["bundle"]["digest"] = f"sha256:{'0' * 64}"
    with pytest.raises(MigrationFailed, match="was planned"):
        lab.call(event)


def test_a_secret_that_is_gone_is_refused_by_name(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENSHIFT_DATABASE_SECRET", f"{lab.arn}gone")
    with pytest.raises(AwsRefused, match="GetSecretValue"):
        lab.migrate({"0001_orders.expand.sql": ORDERS})


def test_what_a_file_sets_ends_with_the_file(lab: Any) -> None:
    shop = "CREATE SCHEMA shop; SET search_path = shop; CREATE TABLE inside ();"
    lab.migrate({"0001_shop.expand.sql": shop, "0002_more.expand.sql": "CREATE TABLE outside ();"})
    assert lab.value("SELECT to_regclass('shop.inside') IS NOT NULL")
    assert lab.value("SELECT to_regclass('public.outside') IS NOT NULL")
