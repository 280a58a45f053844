"""Checks in the whole machine: every form of call, values carried on, schemas, all results kept."""

import json
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from service import Service

from handlers.adapters.tools import Tools

# Answers each way in as that way in wants it, and shows what it was sent.
SHOP = """
import json
def handler(event, context):
    if "Records" in event or "detail" in event:
        return {"seen": event}
    if "elb" in event.get("requestContext", {}):
        return {"statusCode": 200, "headers": {"x-way": "alb"}, "body": json.dumps({"way": "alb"})}
    if "httpMethod" in event:
        return {"statusCode": 200, "body": json.dumps({"way": "rest", "path": event["path"]})}
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    if method == "POST":
        return {"statusCode": 201, "body": json.dumps({"id": "o/1", "n": 7, "sent": json.loads(event["body"])})}
    if path.startswith("/orders/"):
        found = {"id": path.removeprefix("/orders/"), "key": event["headers"].get("x-n")}
        return {"statusCode": 200, "body": json.dumps(found)}
    return {"statusCode": 404, "body": "{}"}
"""
CREATE = """[[checks]]
name = "create"
function = "api"
http = {method = "POST", path = "/orders", json = {sku = "probe"}}
expect = {status = 201, schema = "checks/order.json"}
save = {order = "$.id", n = "$.n"}
"""
READ = """[[checks]]
name = "read"
function = "api"
http = {method = "GET", path = "/orders/${order}", headers = {x-n = "${n}"}}
expect = {status = 200, json = {id = "o%2F1", key = "7"}}
"""
ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def http(name: str, form: str, expect: str) -> str:
    return (
        f'[[checks]]\nname = "{name}"\nfunction = "api"\n'
        f'http = {{method = "GET", path = "/up", as = "{form}"}}\nexpect = {expect}\n'
    )


def message(name: str, sent: str, expect: str) -> str:
    return (
        f'[[checks]]\nname = "{name}"\nfunction = "api"\nmessage = {sent}\n'
        f"expect = {{json = {{seen = {expect}}}}}\n"
    )


FORMS = (
    http("rest", "apiGatewayV1", '{status = 200, json = {way = "rest", path = "/up"}}')
    + http("balanced", "alb", '{status = 200, headers = {X-Way = "alb"}, json = {way = "alb"}}')
    + http("url", "functionUrl", "{status = 404}")
    + message("queue", '{as = "sqs", json = {a = 1}}', '{Records = [{eventSource = "aws:sqs"}]}')
    + message("topic", '{as = "sns", body = "b"}', '{Records = [{Sns = {Message = "b"}}]}')
    + message(
        "bus",
        '{as = "eventBridge", source = "shop", detailType = "T", json = {a = 1}}',
        '{detail = {a = 1}, resources = ["x-greenshift-synthetic:bus"]}',
    )
    + message(
        "store", '{as = "s3", bucket = "b", key = "k"}', '{Records = [{eventSource = "aws:s3"}]}'
    )
)


def released(shop: Service, machine: Engine, extra: str, order: Any = ORDER) -> Run:
    schema = {"checks/order.json": json.dumps(order).encode()} if "order.json" in extra else {}
    shop.upload("1.0.0", sources={"api": SHOP}, extra=extra, others=schema)
    return machine.run({"release": "1.0.0"})


def results(run: Run) -> dict[str, dict[str, Any]]:
    phases = Tools().journal.phases(run.answer["deployment"])
    return {each["name"]: each for each in phases["VerifyGreen"]["section"]["results"]}


def test_what_one_check_creates_the_next_one_reads(shop: Service, machine: Engine) -> None:
    run = released(shop, machine, CREATE + READ)
    assert run.end == "Released", run
    assert [each["unmet"] for each in results(run).values()] == [[], []]
    assert_invariants(shop, run)


def test_green_is_called_in_every_form_that_reaches_it_in_production(
    shop: Service, machine: Engine
) -> None:
    run = released(shop, machine, FORMS)
    assert run.end == "Released", run
    assert set(results(run)) == {"rest", "balanced", "url", "queue", "topic", "bus", "store"}
    assert {each["version"] for each in results(run).values()} == {"2"}


def test_an_answer_that_does_not_fit_its_schema_ends_the_deployment_and_all_results_are_kept(
    shop: Service, machine: Engine
) -> None:
    before = shop.revisions()
    run = released(shop, machine, FORMS + CREATE + READ, ORDER | {"required": ["id", "total"]})
    assert run.end == "RolledBack", run
    assert "'create' on api:2: $: 'total' is a required property" in run.answer["reason"]
    kept = results(run)
    assert len(kept) == 9, "every check was made, and every result is kept"
    assert kept["read"]["unmet"] == ["not made, because nothing was saved as n, order"]
    assert [name for name, each in kept.items() if each["unmet"]] == ["create", "read"]
    assert shop.revisions() == before, "live was written"
    assert_invariants(shop, run)


@pytest.mark.parametrize(
    ("extra", "order", "code"),
    [(READ, ORDER, "UnknownVariable"), (CREATE, {"type": "obj"}, "BadJsonSchema")],
    ids=["variable", "schema"],
)
def test_a_check_that_could_not_be_made_is_refused_before_anything_begins(
    shop: Service, machine: Engine, extra: str, order: Any, code: str
) -> None:
    run = released(shop, machine, extra, order)
    assert run.end == "Rejected", run
    assert {each["code"] for each in run.answer["findings"]} == {code}
    assert shop.versions() == ["1"]


UP = (
    '[[checks]]\nname = "up"\nfunction = "api"\nhttp = {method = "GET", path = "/"}\n'
    "expect = {status = 200}\n"
)
SLOW_TO_START = """
import time
time.sleep(0.3)
def handler(event, context):
    time.sleep(0.3)
    return {"statusCode": 200, "body": "{}"}
"""


def test_green_is_warm_before_its_traffic_and_its_cold_start_stands_beside_blues(
    shop: Service, machine: Engine
) -> None:
    for release in ("1.0.0", "1.1.0"):
        shop.upload(release, sources={"api": f"{SLOW_TO_START}# {release}"}, extra=UP, warm=3)
        run = machine.run({"release": release})
        assert run.end == "Released", run
    section = Tools().journal.phases(run.answer["deployment"])["VerifyGreen"]["section"]
    assert section["warmed"] == {"api": {"asked": 3, "started": 3, "throttled": 0}}
    start = section["coldStarts"]["api"]
    assert start["greenMs"] > 300
    assert start["blueMs"] > 300
    assert "; cold start api " in section["reason"]
    assert section["reason"].endswith("; 3 of 3 environments of api started")
    assert results(run)["up"]["initMs"] is None, "the check found a warm environment"
