"""The documents of the `orders` service: valid, so that a test changes only what it is about."""

import io
import json
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from handlers.domain.bundle.pack import write_bundle
from handlers.domain.findings import Finding
from handlers.domain.registration.registration import Registration, read_registration

sys.path.insert(0, str(Path(__file__).parent))

# A busy machine may be slow, and that is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ORDERS_TOML = """\
format  = 1
service = "orders"
release = "1.1.0"

[functions.api]
code = "functions/api.zip"
[functions.api.configuration]
environment = { FEATURE_CHANNEL = "on" }
[functions.worker]
code = "functions/worker.zip"

[[checks]]
name     = "an order can be placed"
function = "api"
http     = { method = "POST", path = "/orders", json = { sku = "probe", quantity = 1 } }
expect   = { status = 201, json = { state = "pending" }, maxMs = 800 }
[[checks]]
name     = "the worker accepts an event"
function = "worker"
event    = "checks/sqs.json"
expect   = { json = { batchItemFailures = [] } }

[shift]
plan = "steps(10@5, 50@5, 100@10)"
minMinutes = 1

[bake]
alpha = 0.01
beta = 0.05
pTol = 0.01
rhoMax = 3
stratumSeconds = 60
settleSeconds = 90
inconclusive = "extend"
"""


@pytest.fixture
def orders_toml() -> str:
    return ORDERS_TOML


@pytest.fixture
def orders_registration_json() -> dict[str, Any]:
    return {
        "format": 1,
        "service": "orders",
        "alias": "live",
        "functions": {
            "api": {"name": "orders-api", "kind": "entry"},
            "worker": {"name": "orders-worker", "kind": "consumer"},
        },
        "api": {"url": "https://orders.example.com"},
        "database": {
            "kind": "postgres",
            "secretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders",
            "role": "orders_app",
        },
        "together": "weighted",
        "bake": {"inconclusive": "extend"},
        "rollbackWindowHours": 24,
        "keepVersions": 10,
        "environmentKeys": ["FEATURE_CHANNEL"],
        "alarms": [],
        "hooks": {},
    }


@pytest.fixture
def register(orders_registration_json: dict[str, Any]) -> Callable[..., Registration]:
    """The registration of `orders` with some keys changed."""

    def registration(**changes: object) -> Registration:
        text = json.dumps(orders_registration_json | changes)
        found, findings = read_registration(text, "orders")
        assert found is not None, findings
        return found

    return registration


@pytest.fixture
def orders_files() -> dict[str, bytes]:
    """The entries of a good bundle of orders 1.1.0."""
    inner = io.BytesIO()
    write_bundle({"app.py": b"def handler(event, context): ..."}, inner)
    return {
        "release.toml": ORDERS_TOML.encode(),
        "functions/api.zip": inner.getvalue(),
        "functions/worker.zip": inner.getvalue(),
        "checks/sqs.json": b'{"Records": []}',
        "migrations/0001_orders.expand.sql": b"CREATE TABLE orders (id bigint);",
        "statements/read_order.sql": b"SELECT * FROM orders WHERE id = $1",
    }


@pytest.fixture
def zipped() -> Callable[[Mapping[str, bytes]], zipfile.ZipFile]:
    """An open zip of some entries."""

    def archive(files: Mapping[str, bytes]) -> zipfile.ZipFile:
        target = io.BytesIO()
        write_bundle(files, target)
        return zipfile.ZipFile(target)

    return archive


@pytest.fixture
def codes() -> Callable[[list[Finding]], list[str]]:
    """The codes of findings, in order."""
    return lambda findings: [finding.code for finding in findings]
