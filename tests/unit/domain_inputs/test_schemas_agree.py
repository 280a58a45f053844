"""The published JSON Schemas and the checks of the domain judge the same documents alike."""

import copy
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator, ValidationError, validators

from handlers.domain.hooks.hook import POINTS
from handlers.domain.reading import forms
from handlers.domain.registration.registration import read_registration
from handlers.domain.release.bake_section import BAKE_KEYS
from handlers.domain.release.check_forms import METHODS, HttpForm, MessageForm
from handlers.domain.release.release import read_release
from handlers.domain.release.versions import SEMANTIC_VERSION
from handlers.domain.request.request import read_request

SCHEMAS = Path(__file__).parents[3] / "statemachine" / "schemas"
KINDS = ("release", "registration", "request")
GONE = object()
LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:base:1"
HOOK = "arn:aws:lambda:eu-west-1:123456789012:function:orders-hook"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:" + "0" * 64
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:greenshift-orders:orders-1"
TABLES = {"kind": "dynamodb", "tables": {"orders": "shop-orders", "carts": "shop.carts"}}
MESSAGE = {"name": "a message", "function": "worker"}
GOOD_MESSAGES: list[object] = [
    {"as": "sqs", "json": {"order": "1"}, "attributes": {"trace": "t"}},
    {"as": "sqs", "body": "plain"},
    {"as": "sns", "json": [1], "subject": "an order"},
    {"as": "eventBridge", "source": "shop", "detailType": "Order Placed", "json": {}},
    {"as": "s3", "bucket": "uploads", "key": "a b/c.csv"},
]
BAD_MESSAGES: list[object] = [
    "text",
    {"json": {}},
    {"as": "kinesis", "json": {}},
    {"as": "sqs"},
    {"as": "sqs", "json": {}, "body": ""},
    {"as": "sqs", "json": {}, "subject": "of SNS"},
    {"as": "sqs", "body": 1},
    {"as": "sns", "json": {}, "attributes": {"a": 1}},
    {"as": "eventBridge", "detailType": "Order Placed", "json": {}},
    {"as": "eventBridge", "source": "shop", "detailType": "Order Placed"},
    {"as": "eventBridge", "source": "shop", "detailType": "Order Placed", "json": []},
    {"as": "s3", "bucket": "uploads"},
    {"as": "s3", "bucket": "uploads", "key": ""},
    {"as": "s3", "bucket": "uploads", "key": "k", "json": {}},
]
UPLOAD = {"bucket": {"name": "b"}, "object": {"key": "releases/orders/1.1.0.zip"}}


def _schema(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))
    return found


def _ecma_pattern(
    _: object, pattern: str, instance: object, __: object
) -> Iterator[ValidationError]:
    """In ECMA 262, whose dialect schemas use, `$` is the very end; in Python also before \\n."""
    ecma = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(ecma, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _ecma_pattern}
)


def _schema_accepts(kind: str, document: object) -> bool:
    return bool(Validator(_schema(kind)).is_valid(document))


def _domain_accepts(kind: str, document: Any) -> bool:
    if kind == "request":
        return not read_request(document, "orders")[1]
    if kind == "registration":
        return not read_registration(json.dumps(document), "orders")[1]
    text = "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in document.items())
    assert _same(tomllib.loads(text), document)
    return not read_release(text)[1]


def _same(one: object, other: object) -> bool:
    return repr(one) == repr(other)


def _key(key: str) -> str:
    return json.dumps(key)


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


def _changed(document: Any, path: str, value: object) -> Any:
    changed = copy.deepcopy(document)
    *folders, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    at = changed
    for part in folders:
        at = at[part]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return changed


GOOD: list[tuple[str, str, object]] = [
    ("release", "release", "1.0.0-rc.1+build.5"),
    ("release", "format", 1.0),
    ("release", "checks", GONE),
    ("release", "checks", []),
    ("release", "shift", {}),
    ("release", "bake", GONE),
    ("release", "functions/api/configuration", {}),
    ("release", "functions/worker", {"image": IMAGE}),
    ("release", "functions/worker", {"image": IMAGE, "configuration": {"memoryMb": 128}}),
    ("release", "functions/worker", {"version": 7}),
    ("release", "functions/api/configuration/layers", [LAYER]),
    ("release", "functions/api/configuration/layers", []),
    ("release", "functions/api/configuration/memoryMb", 10240),
    ("release", "functions/api/configuration/memoryMb", 512.0),
    ("release", "functions/api/configuration/timeoutSeconds", 900),
    ("release", "functions/api/configuration/environment/AWS_LAMBDA_EXEC_WRAPPER", "/opt/w"),
    ("release", "checks/0/http/headers", {"x-probe": "1"}),
    ("release", "checks/0/http/query", {"a b": "c"}),
    ("release", "checks/0/expect/headers", {"content-type": "application/json"}),
    ("release", "checks/1/expect", GONE),
    ("release", "checks/1/expect", {}),
    ("release", "functions/worker/warm", 0),
    ("release", "checks/0/sample", False),
    ("release", "checks/1/sample", True),
    ("release", "checks/1", MESSAGE | {"message": GOOD_MESSAGES[0], "sample": True, "save": {}}),
    ("release", "checks/1/event", "events/deep/sqs.json"),
    *(("release", "checks/0/http/as", form) for form in get_args(HttpForm)),
    ("release", "checks/0/expect/schema", "checks/order.schema.json"),
    ("release", "checks/1/expect/schema", "checks/answer.json"),
    ("release", "checks/0/save", {"order": "$.id", "first_sku": "$.items[0].sku", "all": "$"}),
    *(("release", "checks/1", MESSAGE | {"message": message}) for message in GOOD_MESSAGES),
    ("release", "shift/plan", "all-at-once"),
    ("release", "shift/plan", "canary(10, 5)"),
    ("release", "shift/plan", " linear ( 100 , 2.5 ) "),
    ("release", "shift/plan", "steps(1@1.5,100@2)"),
    ("release", "shift/minMinutes", 0),
    ("release", "bake/stratumSeconds", 120),
    ("release", "bake/settleSeconds", 0),
    ("release", "bake/inconclusive", "rollBack"),
    ("registration", "api", None),
    ("registration", "api", GONE),
    ("registration", "database", None),
    ("registration", "database/host", "db.example.com"),
    ("registration", "database/port", 5433),
    (
        "registration",
        "database",
        {"kind": "postgres", "role": "app", "user": "m", "host": "db", "name": "app"},
    ),
    (
        "registration",
        "database",
        {
            "kind": "postgres",
            "role": "app",
            "secretArn": "arn:aws:x:y",
            "clusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:shop",
            "name": "app",
        },
    ),
    (
        "registration",
        "database",
        {"kind": "postgres", "role": "app", "secretArn": "arn:aws:x", "gate": "report"},
    ),
    ("registration", "database", TABLES),
    ("registration", "database", TABLES | {"gate": "report"}),
    ("registration", "database/kind", "postgres"),
    ("registration", "together", "atomic"),
    ("registration", "alias", "live-2"),
    ("registration", "bake", {"minStratumSeconds": 1, "stratumSeconds": 5, "alpha": 0.02}),
    ("registration", "rollbackWindowHours", 0.5),
    ("registration", "alarms", ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a"]),
    *(("registration", "hooks", {point: {"function": "orders-hook"}}) for point in POINTS),
    ("registration", "hooks", {"afterStep": {"function": HOOK, "timeoutSeconds": 86400}}),
    ("registration", "hooks", {"afterStep": {"function": f"{HOOK}:live"}}),
    ("registration", "functions/api/kind", "internal"),
    ("request", "", {"action": "contract"}),
    ("request", "", {"action": "contract", "release": "1.4.2", "by": "schedule"}),
    ("request", "", {"release": "1.4.2"}),
    ("request", "", {"release": "latest", "by": "schedule"}),
    ("request", "", {"action": "deploy", "service": "orders", "release": "1.4.2", "dryRun": True}),
    ("request", "", {"release": "1.4.2", "shiftPlan": "all-at-once", "hotfix": "why"}),
    ("request", "", {"release": "1.4.2", "dryRun": True, "candidate": "3sL4"}),
    ("request", "", {"action": "rollback"}),
    ("request", "", {"action": "rollback", "service": "orders"}),
    ("request", "", {"action": "repair"}),
    ("request", "", {"action": "repair", "service": "orders"}),
    ("request", "", {"action": "recover", "execution": EXECUTION}),
    ("request", "", UPLOAD),
    ("request", "", UPLOAD | {"version": "0", "reason": "PutObject", "request-id": "1"}),
    (
        "request",
        "",
        {
            "bucket": {"name": "b", "x": 1},
            "object": {"key": "releases/orders/1.1.0.zip", "version-id": "3", "size": 9},
        },
    ),
]

BAD: list[tuple[str, str, object]] = [
    ("release", "format", GONE),
    ("release", "format", 2),
    ("release", "format", True),
    ("release", "service", "Orders"),
    ("release", "service", "or--ders"),
    ("release", "service", "o" * 41),
    ("release", "service", "orders\n"),
    ("release", "release", "1.0"),
    ("release", "release", "v1.0.0"),
    ("release", "release", "1.0.0-" + "a" * 60),
    ("release", "owner", "me"),
    ("release", "approvals", 1),
    ("release", "functions", {}),
    ("release", "functions", GONE),
    ("release", "functions", {f"f{n}": {"version": 1} for n in range(61)}),
    ("release", "functions/9api", {"version": 1}),
    ("release", "functions/worker", {}),
    ("release", "functions/worker", 1),
    ("release", "functions/worker/version", 1),
    ("release", "functions/worker/role", "arn"),
    ("release", "functions/worker", {"version": 0}),
    ("release", "functions/worker", {"version": True}),
    ("release", "functions/worker", {"version": 1.5}),
    ("release", "functions/worker", {"version": "7"}),
    ("release", "functions/worker", {"version": 7, "configuration": {}}),
    ("release", "functions/worker", {"image": "orders:latest"}),
    ("release", "functions/worker", {"image": IMAGE[:-1]}),
    ("release", "functions/worker", {"image": IMAGE, "configuration": {"layers": [LAYER]}}),
    ("release", "functions/worker/code", "worker.zip"),
    ("release", "functions/worker/code", "functions/.zip"),
    ("release", "functions/worker/code", "functions/a/b.zip"),
    ("release", "functions/worker/code", "functions/a.zip\n"),
    ("release", "functions/api/configuration/role", "arn"),
    ("release", "functions/api/configuration/memoryMb", 127),
    ("release", "functions/api/configuration/memoryMb", 10241),
    ("release", "functions/api/configuration/memoryMb", "512"),
    ("release", "functions/api/configuration/timeoutSeconds", 0),
    ("release", "functions/api/configuration/timeoutSeconds", 901),
    ("release", "functions/api/configuration/environment", []),
    ("release", "functions/api/configuration/environment/A", "one letter"),
    ("release", "functions/api/configuration/environment/9A", ""),
    ("release", "functions/api/configuration/environment/A-B", ""),
    ("release", "functions/api/configuration/environment/AWS_REGION", ""),
    ("release", "functions/api/configuration/environment/_HANDLER", ""),
    ("release", "functions/api/configuration/environment/AB", 1),
    ("release", "functions/api/configuration/layers", "base"),
    ("release", "functions/api/configuration/layers", ["base"]),
    ("release", "functions/api/configuration/layers", [LAYER, LAYER]),
    ("release", "functions/api/configuration/layers", [f"{LAYER}{n}" for n in range(6)]),
    ("release", "checks", {}),
    ("release", "checks/0", 1),
    ("release", "checks/0/name", ""),
    ("release", "checks/0/name", " "),
    ("release", "checks/0/name", "a\nb"),
    ("release", "checks/0/name", GONE),
    ("release", "checks/0/function", GONE),
    ("release", "checks/0/function", "no such"),
    ("release", "checks/0/http", GONE),
    ("release", "checks/0/event", "checks/sqs.json"),
    ("release", "checks/0/http/method", "post"),
    ("release", "checks/0/http/method", GONE),
    ("release", "checks/0/http/path", "orders"),
    ("release", "checks/0/http/path", "/orders?a=1"),
    ("release", "checks/0/http/body", "and json"),
    ("release", "checks/0/http/query", {"a": 1}),
    ("release", "checks/0/http/headers", {"a b": "1"}),
    ("release", "checks/0/expect", GONE),
    ("release", "checks/0/expect/status", GONE),
    ("release", "checks/0/expect/status", 99),
    ("release", "checks/0/expect/status", 600),
    ("release", "checks/0/expect/maxMs", 0),
    ("release", "checks/0/expect/maxMs", 900_001),
    ("release", "checks/0/expect/text", "no such key"),
    ("release", "checks/1/expect/status", 200),
    ("release", "checks/0/sample", True),
    ("release", "checks/1/sample", "yes"),
    (
        "release",
        "checks/1",
        MESSAGE | {"message": GOOD_MESSAGES[0], "sample": True, "save": {"a": "$"}},
    ),
    ("release", "functions/api/warm", 101),
    ("release", "functions/api/warm", -1),
    ("release", "functions/api/warm", "all"),
    ("release", "checks/0/http/as", "apiGateway"),
    ("release", "checks/0/expect/schema", "functions/order.schema.json"),
    ("release", "checks/0/expect/schema", {"type": "object"}),
    ("release", "checks/0/save", {"an order": "$.id"}),
    ("release", "checks/0/save", {"order": "id"}),
    ("release", "checks/0/save", {"order": "$..id"}),
    ("release", "checks/0/save", ["$.id"]),
    ("release", "checks/0/message", {"as": "sqs", "body": "and http"}),
    ("release", "checks/1", MESSAGE | {"message": GOOD_MESSAGES[0], "expect": {"status": 200}}),
    *(("release", "checks/1", MESSAGE | {"message": message}) for message in BAD_MESSAGES),
    ("release", "checks/1/expect/headers", {}),
    ("release", "checks/1/event", "/etc/passwd.json"),
    ("release", "checks/1/event", "../sqs.json"),
    ("release", "checks/1/event", "functions/sqs.json"),
    ("release", "checks/1/event", "checks/sqs.txt"),
    ("release", "shift", []),
    ("release", "shift/plan", ""),
    ("release", "shift/plan", "canary(10)"),
    ("release", "shift/plan", "canary(0, 5)"),
    ("release", "shift/plan", "linear(101, 5)"),
    ("release", "shift/plan", "steps()"),
    ("release", "shift/plan", "steps(10, 100@5)"),
    ("release", "shift/plan", "steps(10@1e3, 100@5)"),
    ("release", "shift/plan", 10),
    ("release", "shift/minMinutes", -1),
    ("release", "shift/minMinutes", True),
    ("release", "shift/minutes", 1),
    ("release", "bake/alpha", 0),
    ("release", "bake/alpha", 1),
    ("release", "bake/beta", "0.05"),
    ("release", "bake/pTol", True),
    ("release", "bake/rhoMax", 1),
    ("release", "bake/stratumSeconds", 45),
    ("release", "bake/stratumSeconds", 0),
    ("release", "bake/stratumSeconds", 3660),
    ("release", "bake/settleSeconds", 1.5),
    ("release", "bake/inconclusive", "ask"),
    ("release", "bake/minStratumSeconds", 1),
    ("release", "bake/alpha", float("inf")),
    ("registration", "format", 2),
    ("registration", "service", GONE),
    ("registration", "functions", {}),
    ("registration", "functions", None),
    ("registration", "functions/api/kind", "queue"),
    ("registration", "functions/api/name", GONE),
    ("registration", "functions/api/name", "arn:aws:lambda:x"),
    ("registration", "functions/api/memory", 1),
    ("registration", "api", {}),
    ("registration", "api", {"url": "orders.example.com"}),
    ("registration", "alias", "7"),
    ("registration", "alias", None),
    ("registration", "database", {"kind": "postgres", "role": "app"}),
    (
        "registration",
        "database",
        {"kind": "postgres", "role": "app", "secretArn": "arn:aws:x", "gate": "off"},
    ),
    ("registration", "database/kind", "mysql"),
    ("registration", "database/role", GONE),
    ("registration", "database/role", "a'b"),
    ("registration", "database/port", 70000),
    ("registration", "database/user", "both ways in"),
    ("registration", "database/clusterArn", "arn:aws:rds:eu-west-1:123456789012:cluster:shop"),
    *(
        (
            "registration",
            "database",
            {
                "kind": "postgres",
                "role": "app",
                "secretArn": "arn:aws:x:y",
                "clusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:shop",
                "name": "app",
                **wrong,
            },
        )
        for wrong in (
            {"clusterArn": "shop"},
            {"clusterArn": "arn:aws:rds:eu-west-1:123456789012:db:shop"},
            {"host": "db"},
            {"port": 5432},
            {"user": "m"},
        )
    ),
    (
        "registration",
        "database",
        {
            "kind": "postgres",
            "role": "app",
            "clusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:shop",
            "name": "app",
        },
    ),
    ("registration", "database", {"kind": "postgres", "role": "app", "user": "m", "host": "db"}),
    ("registration", "together", "loose"),
    ("registration", "bake/alpha", 2),
    ("registration", "bake/minStratumSeconds", 2),
    ("registration", "rollbackWindowHours", 0),
    ("registration", "keepVersions", 1),
    ("registration", "environmentKeys", "FEATURE_CHANNEL"),
    ("registration", "environmentKeys", ["A"]),
    ("registration", "environmentKeys", ["AB", "AB"]),
    ("registration", "alarms", ["orders-errors"]),
    ("registration", "hooks", {"before": {"function": "orders-hook"}}),
    ("registration", "hooks", {"beforeShift": "orders-hook"}),
    ("registration", "hooks", {"beforeShift": {}}),
    ("registration", "hooks", {"beforeShift": {"function": "arn:aws:sqs:eu-west-1:1:hook"}}),
    ("registration", "hooks", {"beforeShift": {"function": "a", "timeoutSeconds": 0}}),
    ("registration", "hooks", {"beforeShift": {"function": "a", "timeoutSeconds": 86401}}),
    ("registration", "freezes", []),
    ("registration", "database/kind", "dynamodb"),
    ("registration", "database", {"kind": "dynamodb"}),
    ("registration", "database", TABLES | {"tables": {}}),
    ("registration", "database", TABLES | {"tables": ["orders"]}),
    ("registration", "database", TABLES | {"tables": {"9": "orders"}}),
    ("registration", "database", TABLES | {"tables": {"orders": "no"}}),
    ("registration", "database", TABLES | {"tables": {"orders": 1}}),
    ("registration", "database", TABLES | {"tables": {f"t{n}": f"table{n}" for n in range(31)}}),
    ("registration", "database", TABLES | {"role": "app"}),
    ("registration", "database", TABLES | {"gate": "off"}),
    ("request", "", None),
    ("request", "", []),
    ("request", "", {}),
    ("request", "", {"action": "deploy"}),
    ("request", "", {"release": "newest"}),
    ("request", "", {"release": 1}),
    ("request", "", {"release": None}),
    ("request", "", {"release": "1.4.2", "force": True}),
    ("request", "", {"release": "1.4.2", "approval": "me"}),
    ("request", "", {"release": "1.4.2", "dryRun": "yes"}),
    ("request", "", {"release": "1.4.2", "shiftPlan": "slowly"}),
    ("request", "", {"release": "1.4.2", "candidate": "3sL4"}),
    ("request", "", {"release": "1.4.2", "candidate": "3sL4", "dryRun": False}),
    ("request", "", {"release": "1.4.2", "candidate": "", "dryRun": True}),
    ("request", "", {"release": "latest", "candidate": "3sL4", "dryRun": True}),
    ("request", "", UPLOAD | {"candidate": "3sL4"}),
    ("request", "", {"release": "1.4.2", "hotfix": ""}),
    ("request", "", {"release": "1.4.2", "by": "cron"}),
    ("request", "", {"release": "1.4.2", "execution": EXECUTION}),
    ("request", "", {"action": "contract", "release": "latest"}),
    ("request", "", {"action": "contract", "dryRun": True}),
    ("request", "", {"action": "contract", "by": "cron"}),
    ("request", "", {"action": "drill"}),
    ("request", "", {"action": "rollback", "release": "1.4.2"}),
    ("request", "", {"action": "rollback", "dryRun": True}),
    ("request", "", {"action": "repair", "release": "1.4.2"}),
    ("request", "", {"action": "recover"}),
    ("request", "", {"action": "recover", "execution": "orders-1"}),
    ("request", "", UPLOAD | {"release": "1.4.2"}),
    ("request", "", UPLOAD | {"action": "deploy"}),
    ("request", "", {"bucket": {"name": "b"}}),
    ("request", "", {"bucket": "b", "object": {"key": "releases/orders/1.1.0.zip"}}),
    ("request", "", {"bucket": {}, "object": {"key": "releases/orders/1.1.0.zip"}}),
    ("request", "", {"bucket": {"name": "b"}, "object": {"key": "1.1.0.zip"}}),
    ("request", "", {"bucket": {"name": "b"}, "object": {"key": "releases/orders/latest.zip"}}),
    ("request", "", {"bucket": {"name": "b"}, "object": UPLOAD["object"] | {"version-id": 1}}),
]

BEYOND_A_SCHEMA: list[tuple[str, str, str, object]] = [
    ("weights rise", "release", "shift/plan", "steps(50@5, 10@5, 100@5)"),
    ("the last weight is 100", "release", "shift/plan", "steps(10@5, 50@5)"),
    ("a canary is less than everything", "release", "shift/plan", "canary(100, 5)"),
    ("a step has a length", "release", "shift/plan", "canary(10, 0)"),
    ("minMinutes fits the plan", "release", "shift/minMinutes", 6),
    ("names of checks differ", "release", "checks/0/name", "the worker accepts an event"),
    (
        "a layer has one version",
        "release",
        "functions/api/configuration/layers",
        [LAYER, f"{LAYER}0"],
    ),
    (
        "the environment fits in 4 KB",
        "release",
        "functions/api/configuration/environment/AB",
        "x" * 4096,
    ),
    ("nan is no number", "release", "bake/alpha", float("nan")),
    ("something warms the function", "release", "functions/api/warm", 5),
    ("a variable is saved before", "release", "checks/0/http/path", "/orders/${order}"),
    ("a ${ names a variable", "release", "checks/0/http/query", {"q": "${an order}"}),
    ("JSON has no nan", "release", "checks/0/http/json", {"a": float("nan")}),
    ("the parameter's own service", "registration", "service", "carts"),
    ("Lambda's names differ", "registration", "functions/api/name", "orders-worker"),
    (
        "a table has one key",
        "registration",
        "database",
        TABLES | {"tables": {"a": "orders", "b": "orders"}},
    ),
    ("the machine's own service", "request", "", {"release": "1.4.2", "service": "carts"}),
    (
        "the key's own service",
        "request",
        "",
        {"bucket": {"name": "b"}, "object": {"key": "releases/carts/1.1.0.zip"}},
    ),
    ("weights rise", "request", "", {"release": "1.4.2", "shiftPlan": "steps(50@5, 10@5, 100@5)"}),
]


@pytest.fixture
def examples(
    orders_toml: str, orders_registration_json: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    return {
        "release": tomllib.loads(orders_toml),
        "registration": orders_registration_json,
        "request": {"release": "1.4.2"},
    }


def _document(examples: Mapping[str, Any], kind: str, path: str, value: object) -> Any:
    return _changed(examples[kind], path, value) if path else value


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_are_good(examples: dict[str, Any], kind: str) -> None:
    assert _schema_accepts(kind, examples[kind])
    assert _domain_accepts(kind, examples[kind])


@pytest.mark.parametrize(("kind", "path", "value"), GOOD)
def test_both_accept_what_is_good(
    examples: dict[str, Any], kind: str, path: str, value: object
) -> None:
    document = _document(examples, kind, path, value)
    assert (_schema_accepts(kind, document), _domain_accepts(kind, document)) == (True, True)


@pytest.mark.parametrize(("kind", "path", "value"), BAD)
def test_both_refuse_what_is_bad(
    examples: dict[str, Any], kind: str, path: str, value: object
) -> None:
    document = _document(examples, kind, path, value)
    assert (_schema_accepts(kind, document), _domain_accepts(kind, document)) == (False, False)


@pytest.mark.parametrize(("rule", "kind", "path", "value"), BEYOND_A_SCHEMA)
def test_the_domain_alone_refuses_what_a_schema_cannot_say(
    examples: dict[str, Any], rule: str, kind: str, path: str, value: object
) -> None:
    document = _document(examples, kind, path, value)
    assert _schema_accepts(kind, document), f"{rule}: move it to the table that both judge"
    assert not _domain_accepts(kind, document), rule


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_and_describes_every_property(kind: str) -> None:
    schema = _schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    for name, inner in _properties(schema):
        described = inner | schema["$defs"].get(inner.get("$ref", "").rpartition("/")[2], {})
        assert described.get("description"), name


def _properties(schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        conditions = {"if", "then", "not", "oneOf", "anyOf", "allOf"}
        for name, inner in schema.get("properties", {}).items():
            yield name, inner
        for key, inner in schema.items():
            if key not in conditions:
                yield from _properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _properties(inner)


@pytest.mark.parametrize(
    ("kind", "path", "pattern"),
    [
        ("release", "properties/service", forms.SERVICE.pattern),
        ("release", "properties/release", SEMANTIC_VERSION),
        ("release", "properties/functions/propertyNames", forms.FUNCTION_KEY.pattern),
        ("release", "$defs/source/properties/code", forms.CODE_PATH.pattern),
        ("release", "$defs/source/properties/image", forms.IMAGE.pattern),
        ("release", "$defs/overlay/properties/layers/items", forms.LAYER.pattern),
        ("release", "$defs/check/properties/event", forms.EVENT_PATH.pattern),
        ("release", "$defs/check/properties/save/propertyNames", forms.VARIABLE.pattern),
        ("release", "$defs/check/properties/save/additionalProperties", forms.ANSWER_PATH.pattern),
        ("release", "$defs/message/properties/source", forms.NAMED.pattern),
        ("release", "$defs/expect/properties/schema", forms.EVENT_PATH.pattern),
        ("release", "$defs/http/properties/path", forms.HTTP_PATH.pattern),
        ("release", "$defs/http/properties/headers/propertyNames", forms.HEADER.pattern),
        ("registration", "properties/service", forms.SERVICE.pattern),
        ("registration", "properties/alias", forms.ALIAS.pattern),
        ("registration", "properties/environmentKeys/items", forms.ENVIRONMENT_KEY.pattern),
        ("registration", "$defs/hook/properties/function", forms.HOOK_FUNCTION.pattern),
        ("registration", "$defs/database/properties/secretArn", forms.ARN.pattern),
        ("registration", "$defs/database/properties/clusterArn", forms.CLUSTER.pattern),
        ("registration", "$defs/database/properties/role", forms.ROLE.pattern),
        ("registration", "$defs/database/properties/host", forms.HOST.pattern),
        ("registration", "$defs/tables/properties/tables/propertyNames", forms.TABLE_KEY.pattern),
        (
            "registration",
            "$defs/tables/properties/tables/additionalProperties",
            forms.DYNAMO_NAME.pattern,
        ),
        ("request", "$defs/recover/properties/execution", forms.EXECUTION.pattern),
    ],
)
def test_patterns_are_those_of_the_domain(kind: str, path: str, pattern: str) -> None:
    at = _schema(kind)
    for part in path.split("/"):
        at = at[part]
    assert at["pattern"] == f"^{pattern}$"


def test_choices_are_those_of_the_domain() -> None:
    release = _schema("release")
    assert tuple(release["$defs"]["http"]["properties"]["method"]["enum"]) == METHODS
    assert tuple(release["$defs"]["http"]["properties"]["as"]["enum"]) == get_args(HttpForm)
    assert tuple(release["$defs"]["message"]["properties"]["as"]["enum"]) == get_args(MessageForm)
    assert tuple(release["properties"]["bake"]["properties"]) == BAKE_KEYS
    assert tuple(_schema("registration")["properties"]["hooks"]["properties"]) == POINTS
    names = release["$defs"]["overlay"]["properties"]["environment"]["propertyNames"]["allOf"]
    assert set(names[1]["not"]["enum"]) == forms.RESERVED_ENVIRONMENT_KEYS
