"""Blue's own checks on the schema that green's migrations made, before any traffic moves."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from service import GOOD, Service

from handlers.adapters.tools import Tools

CHECK = '[[checks]]\nname = "it reads"\nfunction = "api"\nhttp = {method = "GET", path = "/"}\n'
CHECK += "expect = {status = 200}\n"
TOTAL = {"name": "total", "type": "N", "role": "HASH"}
INDEX = {"name": "by-total", "keys": [TOTAL], "projection": "ALL"}
EXPAND = {"0001_by_total.expand.json": json.dumps({"table": "orders", "addIndex": INDEX})}
READS_NO_INDEXED_TABLE = """
import boto3
def handler(event, context):
    table = boto3.client("dynamodb").describe_table(TableName="%s-orders")["Table"]
    if table.get("GlobalSecondaryIndexes"):
        raise RuntimeError("this table has an index")
    return {"statusCode": 200, "body": "{}"}
"""
Release = Callable[..., Run]


@pytest.fixture
def release(aws: Any, shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Releases a service whose data is in one DynamoDB table."""
    table = f"{shop.name}-orders"
    aws.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    shop.register(database={"kind": "dynamodb", "tables": {"orders": table}})
    monkeypatch.setenv("GREENSHIFT_SERVICE", shop.name)
    monkeypatch.setenv("GREENSHIFT_DYNAMODB_TABLES", json.dumps({"orders": table}))

    def run(number: str, source: str, extra: str = CHECK, **details: Any) -> Run:
        shop.upload(number, sources={"api": source}, extra=extra, **details)
        return machine.run({"release": number})

    return run


def section(run: Run) -> dict[str, Any]:
    phases = Tools().journal.phases(run.answer["deployment"])
    found: dict[str, Any] = phases["VerifyGreen"]["section"]
    return found


def test_a_blue_that_fails_on_the_new_schema_ends_the_deployment_before_any_traffic(
    shop: Service, release: Release
) -> None:
    assert release("1.0.0", READS_NO_INDEXED_TABLE % shop.name).end == "Released"
    before = shop.revisions()
    run = release("1.1.0", GOOD, migrations=EXPAND)
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith(
        "BlueFailed: blue (1.0.0), which is live and the way back, fails 1 of its own checks on "
        "the schema that 1.1.0 needs: 'it reads' on api:2: RuntimeError: this table has an index"
    )
    assert "ShiftTraffic" not in run.states
    assert shop.revisions() == before, "live was written"
    assert [each["unmet"] for each in section(run)["results"]] == [[]], "green passed"
    assert_invariants(shop, run)


def test_a_blue_that_works_on_the_new_schema_is_a_way_back(shop: Service, release: Release) -> None:
    assert release("1.0.0", GOOD).end == "Released"
    run = release("1.1.0", GOOD + "\n# 1.1.0", extra="", migrations=EXPAND)
    assert run.end == "Released", run
    assert section(run)["reason"].endswith("on the new schema blue passed 1 of its own 1")
    assert [each["version"] for each in section(run)["blue"]] == ["2"]
    assert_invariants(shop, run)


def test_a_red_blue_does_not_hold_up_a_release_that_leaves_the_schema_alone(
    shop: Service, release: Release
) -> None:
    """Else no release could put right what is broken."""
    first = release("1.0.0", READS_NO_INDEXED_TABLE % shop.name, extra="", migrations=EXPAND)
    assert first.end == "Released", first
    run = release("1.1.0", GOOD, migrations=EXPAND)
    assert run.end == "Released", run
    assert section(run)["blue"] is None


def test_an_expand_that_an_earlier_attempt_applied_still_counts(
    shop: Service, release: Release
) -> None:
    assert release("1.0.0", READS_NO_INDEXED_TABLE % shop.name).end == "Released"
    failing = CHECK.replace("200", "418")
    assert release("1.1.0", GOOD, extra=failing, migrations=EXPAND).end == "RolledBack"
    run = release("1.1.1", GOOD + "\n# 1.1.1", migrations=EXPAND)
    assert run.answer["reason"].startswith("BlueFailed: blue (1.0.0),"), run
    assert_invariants(shop, run)
