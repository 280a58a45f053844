"""Recorded requests in the whole machine: told, or a gate before any traffic."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from service import Service

from handlers.adapters.tools import Tools

# What it answers depends on its release alone, but for the time of day.
SHOP = """
import json, time
TOTAL, BROKEN = %s, %s
def handler(event, context):
    if "requestContext" not in event:
        return {"total": TOTAL}
    number = int(event["rawPath"].rpartition("/")[2])
    if BROKEN and number == 2:
        raise RuntimeError("green cannot read order 2")
    body = {"id": number, "at": time.time_ns(), "lines": [{"sku": "a", "total": TOTAL}]}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
"""
OLD, NEW, BROKEN = SHOP % (12, False), SHOP % ("'12.00'", False), SHOP % (12, True)
SAME = OLD + "# rewritten, and answers the same\n"
REQUESTS = [{"method": "GET", "path": f"/orders/{number}"} for number in range(6)]
Release = Callable[..., Run]


def table(**keys: str) -> str:
    lines = {"name": '"orders"', "function": '"api"', "requests": '"compare/orders.jsonl"'} | keys
    return "[[compare]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


@pytest.fixture
def release(shop: Service, machine: Engine) -> Release:
    """Releases what answers the recorded requests."""

    def run(number: str, source: str, extra: str = table(), recorded: Any = REQUESTS) -> Run:
        lines = "".join(f"{json.dumps(each)}\n" for each in recorded).encode()
        files = {"compare/orders.jsonl": lines} if extra else {}
        shop.upload(number, sources={"api": source}, extra=extra, others=files)
        return machine.run({"release": number})

    return run


def section(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = Tools().journal.phases(run.answer["deployment"])["VerifyGreen"][
        "section"
    ]
    return found


def test_a_green_that_answers_the_same_is_released_whatever_the_time_of_day(
    shop: Service, release: Release
) -> None:
    first = release("1.0.0", OLD, table(mode='"gate"'))
    assert first.end == "Released", first
    told = "6 requests of 'orders' not compared: blue is the seed, which was never released"
    assert section(first)["reason"].endswith(told)
    run = release("1.1.0", SAME, table(mode='"gate"'))
    assert run.end == "Released", run
    assert section(run)["reason"].endswith("; compared 6 requests of 'orders': no field differs")
    (found,) = section(run)["compared"]
    assert (found["compared"], found["differing"], found["version"]) == (6, 0, "3")
    assert [(each["field"], each["noise"]) for each in found["noisy"]] == [("body.at", 6)]
    assert_invariants(shop, run)


def test_a_difference_is_told_by_field_and_lets_the_release_pass(
    shop: Service, release: Release
) -> None:
    assert release("1.0.0", OLD).end == "Released"
    run = release("1.1.0", NEW)
    assert run.end == "Released", run
    told = (
        "; compared 6 requests of 'orders': 1 field differs: body.lines[].total (6 of 6; noise 0); "
        f"`greenshift compare show {shop.name}` has each field"
    )
    assert section(run)["reason"].endswith(told)
    (field,) = section(run)["compared"][0]["fields"]
    assert (field["line"], field["blue"], field["green"]) == (1, None, None), "no customer's values"
    assert_invariants(shop, run)


def test_a_dry_run_says_what_would_be_compared(
    shop: Service, machine: Engine, release: Release
) -> None:
    assert (
        "compares"
        not in Tools().journal.deployment(release("1.0.0", OLD).answer["deployment"])["note"]
    ), "the seed is nothing to compare with"
    line = json.dumps(REQUESTS[0]).encode()
    shop.upload(
        "1.1.0",
        sources={"api": NEW},
        extra=table(mode='"gate"'),
        others={"compare/orders.jsonl": line},
    )
    run = machine.run({"release": "1.1.0", "dryRun": True})
    told = "compares green's answers with blue's before any traffic: 'orders' (gate)"
    assert told in run.answer["reason"]


def test_a_gate_ends_the_deployment_before_any_traffic(shop: Service, release: Release) -> None:
    assert release("1.0.0", OLD).end == "Released"
    before = shop.revisions()
    run = release("1.1.0", NEW, table(mode='"gate"', examples="true"))
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith(
        "AnswersDiffer: 1.1.0 answers otherwise than blue (1.0.0), beyond blue's own noise: "
        "'orders' on api:3: body.lines[].total (6 of 6; noise 0), first in compare/orders.jsonl:1; "
        f"`greenshift compare show {shop.name}` has each field; mend it, or add the field to ignore of its [[compare]] if it is meant to differ"
    )
    assert "ShiftTraffic" not in run.states
    assert shop.revisions() == before, "live was written"
    (field,) = section(run)["compared"][0]["fields"]
    assert (field["blue"], field["green"]) == ("12", '"12.00"')
    assert_invariants(shop, run)


def test_what_is_meant_to_differ_passes_the_gate(shop: Service, release: Release) -> None:
    assert release("1.0.0", OLD).end == "Released"
    run = release("1.1.0", NEW, table(mode='"gate"', ignore='["body.lines[].total"]'))
    assert run.end == "Released", run


def test_one_request_that_green_cannot_answer_is_enough(shop: Service, release: Release) -> None:
    assert release("1.0.0", OLD).end == "Released"
    run = release("1.1.0", BROKEN, table(mode='"gate"'))
    assert run.end == "RolledBack", run
    assert "error (1 of 6; noise 0), first in compare/orders.jsonl:3" in run.answer["reason"]
    assert_invariants(shop, run)


def test_an_event_that_changes_nothing_is_compared_where_the_release_says_so(
    shop: Service, release: Release
) -> None:
    assert release("1.0.0", OLD).end == "Released"
    events = [{"event": {"query": "totals"}}]
    refused = release("1.1.0", NEW, recorded=events)
    assert refused.end == "Rejected", refused
    (finding,) = refused.answer["findings"]
    assert (finding["code"], finding["where"]) == ("UnsafeRequest", "compare/orders.jsonl:1")
    run = release("1.1.0", NEW, table(safe='["events"]'), events)
    assert "1 field differs: result.total (1 of 1; noise 0)" in section(run)["reason"]


def test_a_recorded_write_is_refused_before_anything_begins(
    shop: Service, release: Release
) -> None:
    write = {"method": "DELETE", "path": "/orders/1"}
    run = release("1.0.0", OLD, recorded=[*REQUESTS, write])
    assert run.end == "Rejected", run
    assert "compare/orders.jsonl:7: it is a DELETE" in run.answer["reason"]
    assert shop.versions() == ["1"]


def test_a_green_that_fails_a_check_is_not_compared(shop: Service, release: Release) -> None:
    check = (
        '[[checks]]\nname = "up"\nfunction = "api"\nhttp = {method = "GET", path = "/orders/1"}\n'
    )
    failing = f"{check}expect = {{status = 418}}\n{table()}"
    assert release("1.0.0", OLD).end == "Released"
    run = release("1.1.0", NEW, failing)
    assert run.answer["reason"].startswith("ChecksFailed: "), run
    assert section(run)["compared"] == []
