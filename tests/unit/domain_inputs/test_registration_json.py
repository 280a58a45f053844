"""The registration: what is read of it, and what is refused."""

import json
from typing import Any

import pytest

from handlers.domain.preview.preview import Preview
from handlers.domain.registration.registration import (
    Database,
    RegisteredFunction,
    Registration,
    read_registration,
)


def test_the_example_is_read_whole(orders_registration_json: dict[str, Any]) -> None:
    registration, findings = read_registration(json.dumps(orders_registration_json), "orders")
    assert findings == []
    assert registration == Registration(
        service="orders",
        alias="live",
        functions={
            "api": RegisteredFunction("orders-api", "entry"),
            "worker": RegisteredFunction("orders-worker", "consumer"),
        },
        api_url="https://orders.example.com",
        database=Database(
            kind="postgres",
            role="orders_app",
            secret_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders",
        ),
        together="weighted",
        bake={"inconclusive": "extend"},
        rollback_window_hours=24,
        keep_versions=10,
        environment_keys=("FEATURE_CHANNEL",),
        min_stratum_seconds=60,
    )


def test_what_is_left_out_has_defaults() -> None:
    text = '{"format": 1, "service": "s", "functions": {"f": {"name": "s-f", "kind": "internal"}}}'
    registration, findings = read_registration(text, "s")
    assert findings == []
    assert registration == Registration(
        service="s", functions={"f": RegisteredFunction("s-f", "internal")}
    )


def test_a_database_may_be_reached_by_a_token() -> None:
    database = {"kind": "postgres", "role": "app", "host": "db", "name": "app", "user": "migrator"}
    text = json.dumps(
        {
            "format": 1,
            "service": "s",
            "database": database,
            "functions": {"f": {"name": "s-f", "kind": "internal"}},
        }
    )
    registration, findings = read_registration(text, "s")
    assert findings == []
    assert registration is not None
    assert registration.database == Database(
        kind="postgres", role="app", host="db", name="app", user="migrator"
    )


def test_a_preview_reaches_every_entry_where_it_names_none(
    orders_registration_json: dict[str, Any],
) -> None:
    orders_registration_json["preview"] = {"url": "https://p.example.com"}
    registration, findings = read_registration(json.dumps(orders_registration_json), "orders")
    assert findings == []
    assert registration is not None
    assert registration.preview == Preview(
        url="https://p.example.com", alias="preview", functions=("api",), role_arn=None
    )


def test_the_finest_stratum_is_no_default_of_a_release(
    orders_registration_json: dict[str, Any],
) -> None:
    orders_registration_json["bake"] = {"minStratumSeconds": 1, "stratumSeconds": 1}
    registration, _ = read_registration(json.dumps(orders_registration_json), "orders")
    assert registration is not None
    assert registration.min_stratum_seconds == 1
    assert registration.bake == {"stratumSeconds": 1}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"service": "other"}, [("ServiceDisagrees", "service")]),
        ({"format": 3}, [("UnsupportedFormat", "format")]),
        ({"functions": {}}, [("NoFunctions", "functions")]),
        ({"functions": None}, [("WrongType", "functions")]),
        ({"functions": {"api": 7}}, [("WrongType", "functions.api")]),
        (
            {"functions": {"9": {"name": "a", "kind": "entry"}}},
            [("BadValue", "functions.9")],
        ),
        ({"database": "orders"}, [("WrongType", "database")]),
        (
            {"functions": {"api": {}}},
            [("MissingKey", "functions.api.name"), ("MissingKey", "functions.api.kind")],
        ),
        (
            {"functions": {"api": {"name": "a", "kind": "queue"}}},
            [("BadValue", "functions.api.kind")],
        ),
        (
            {
                "functions": {
                    "api": {"name": "a", "kind": "entry"},
                    "b": {"name": "a", "kind": "entry"},
                }
            },
            [("Duplicate", "functions.b.name")],
        ),
        ({"api": {}}, [("MissingKey", "api.url")]),
        (
            {"preview": {"url": "https://p.example.com", "alias": "live"}},
            [("Conflict", "preview.alias")],
        ),
        (
            {"preview": {"url": "https://p.example.com", "functions": ["worker", "mailer"]}},
            [("BadValue", "preview.functions"), ("BadValue", "preview.functions")],
        ),
        (
            {"database": {"kind": "mysql", "role": "r", "secretArn": "arn:aws:x"}},
            [("BadValue", "database.kind")],
        ),
        ({"database": {"kind": "postgres", "role": "r"}}, [("Conflict", "database")]),
        (
            {"database": {"kind": "postgres", "role": "r", "user": "u"}},
            [("MissingKey", "database.host"), ("MissingKey", "database.name")],
        ),
        (
            {
                "database": {
                    "kind": "postgres",
                    "role": "r",
                    "clusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:shop",
                    "host": "h",
                }
            },
            [
                ("Conflict", "database"),
                ("Conflict", "database.host"),
                ("MissingKey", "database.secretArn"),
                ("MissingKey", "database.name"),
            ],
        ),
        ({"together": "loose"}, [("BadValue", "together")]),
        ({"concurrency": "both"}, [("BadValue", "concurrency")]),
        ({"concurrency": True}, [("WrongType", "concurrency")]),
        (
            {"bake": {"alpha": 2, "inconclusive": "asks"}},
            [("OutOfRange", "bake.alpha"), ("BadValue", "bake.inconclusive")],
        ),
        ({"bake": {"minStratumSeconds": 2}}, [("OutOfRange", "bake.minStratumSeconds")]),
        ({"rollbackWindowHours": 0}, [("OutOfRange", "rollbackWindowHours")]),
        ({"keepVersions": 1}, [("OutOfRange", "keepVersions")]),
        (
            {"environmentKeys": ["A", "BB", "BB", 3]},
            [
                ("BadValue", "environmentKeys[0]"),
                ("Duplicate", "environmentKeys[2]"),
                ("WrongType", "environmentKeys[3]"),
            ],
        ),
        ({"hooks": {"before": {"function": "a"}}}, [("UnknownKey", "hooks.before")]),
        ({"hooks": {"afterStep": "orders-hook"}}, [("WrongType", "hooks.afterStep")]),
        ({"hooks": {"afterStep": {}}}, [("MissingKey", "hooks.afterStep.function")]),
        ({"keepVersion": 3}, [("UnknownKey", "keepVersion")]),
        ({"freezes": []}, [("NotSupportedYet", "freezes")]),
    ],
)
def test_a_wrong_registration_names_each_key(
    orders_registration_json: dict[str, Any],
    change: dict[str, Any],
    expected: list[tuple[str, str]],
) -> None:
    registration, findings = read_registration(
        json.dumps(orders_registration_json | change), "orders"
    )
    assert registration is None
    place = "/greenshift/services/orders "
    assert [(f.code, f.where.removeprefix(place)) for f in findings] == expected


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("", "NotJson", "it is not JSON"),
        ('{"format": 1,\n "service": }', "NotJson", "column"),
        ('{"keepVersions": NaN}', "NotJson", "NaN is not a JSON number"),
        ('{"format": 1, "format": 1}', "NotJson", "'format' is given twice"),
        ('{"keepVersions": ' + "9" * 5000 + "}", "NotJson", "it is not JSON"),
        ("[" * 100_000, "NotJson", ""),
        ("[]", "WrongType", "the registration is a list"),
        ("null", "WrongType", "the registration is null"),
    ],
)
def test_what_is_no_json_object_is_one_finding(text: str, code: str, what: str) -> None:
    registration, findings = read_registration(text, "orders")
    assert registration is None
    (finding,) = findings
    assert finding.code == code
    assert finding.where.startswith("/greenshift/services/orders")
    assert what in finding.what
