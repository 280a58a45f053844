"""Green tried before it is live: by people, and by checks over real HTTP."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from previewed import Previewed
from service import GOOD, RAISES, Service

from handlers.adapters.preview_calls import PreviewCaller, PreviewCalls
from handlers.adapters.tools import Tools
from handlers.errors import AwsRefused

SHOP = """
import json
def handler(event, context):
    path, way = event["rawPath"], event["requestContext"]
    if path == "/boom":
        raise RuntimeError("boom")
    if path == "/wrong":
        return {"statusCode": 500, "body": "{}"}
    found = {"version": context.function_version, "arn": context.invoked_function_arn,
             "real": "accountId" in way, "path": path, "query": event.get("queryStringParameters"),
             "sent": json.loads(event.get("body") or "{}"),
             "check": event["headers"].get("x-greenshift-synthetic")}
    if way["http"]["method"] == "POST":
        return {"statusCode": 201, "body": json.dumps({"id": "o 1", **found})}
    return {"statusCode": 200, "headers": {"x-way": "here"}, "body": json.dumps(found)}
"""


@pytest.fixture
def tried(aws: Any, shop: Service) -> Previewed:
    return Previewed(aws, shop)


def check(name: str, http: str, expect: str, more: str = "") -> str:
    return (
        f'[[checks]]\nname = "{name}"\nfunction = "api"\nhttp = {{{http}}}\n'
        f"expect = {{{expect}}}\n{more}\n"
    )


UP = check("up", 'method = "GET", path = "/"', "status = 200")
CHECKS = (
    check(
        "create",
        'method = "POST", path = "/orders", json = {sku = "probe"}',
        'status = 201, json = {sent = {sku = "probe"}, check = "create", version = "2", real = true}',
        'save = {order = "$.id"}',
    )
    + check(
        "read",
        'method = "GET", path = "/orders/${order}", query = {q = "a b"}',
        'status = 200, headers = {X-Way = "here"}, json = {query = {q = "a b"}}, maxMs = 60000',
    )
    + check("by number", 'method = "GET", path = "/", via = "event"', "status = 200")
    + check("rest", 'method = "GET", path = "/", as = "functionUrl"', "status = 200")
)


def released(shop: Service, machine: Engine, extra: str = UP, source: str = SHOP) -> Run:
    shop.upload("1.0.0", sources={"api": source}, extra=extra)
    return machine.run({"release": "1.0.0"})


def section(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = Tools().journal.phases(run.answer["deployment"])["VerifyGreen"]
    return dict(found["section"])


def before(machine: Engine, phase: str, do: Callable[[], Any]) -> None:
    """Does it each time that the phase is about to run."""

    def intercept(called: str, document: Mapping[str, Any]) -> None:
        if called == phase:
            do()

    machine.before = intercept


def test_a_browser_is_answered_by_green_while_live_still_serves_blue(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.append((tried.get("/orders")[1]["version"], shop.live()["api"]["version"]))

    assert tried.get("/") == (200, {"seed": True})
    before(machine, "shift_traffic", look)
    run = released(shop, machine)
    assert run.end == "Released", run
    assert seen == [("2", "1")]
    assert tried.get("/orders")[1]["version"] == shop.live()["api"]["version"] == "2"
    assert tried.get("/", signed=False)[0] == 403, "nobody else is let in"
    assert section(run)["reason"].endswith(f"; it can be tried at {tried.url}")
    assert_invariants(shop, run)


def test_checks_go_over_real_http_to_green_and_are_written_down_so(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    run = released(shop, machine, CHECKS)
    assert run.end == "Released", run
    results = {each["name"]: each for each in section(run)["results"]}
    assert {name: each["via"] for name, each in results.items()} == {
        "create": "preview",
        "read": "preview",
        "by number": "event",
        "rest": "event",
    }
    assert all(each["version"] == "2" and not each["unmet"] for each in results.values())
    assert section(run)["coldStarts"]["api"]["greenMs"] is not None
    assert_invariants(shop, run)


def test_a_green_that_fails_its_checks_can_be_looked_at_and_never_had_traffic(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    at_live = shop.revisions()
    wrong = check("wrong", 'method = "GET", path = "/wrong"', "status = 200")
    boom = check("boom", 'method = "GET", path = "/boom"', "status = 200")
    run = released(shop, machine, UP + wrong + boom)
    assert run.end == "RolledBack", run
    assert "'wrong' on api:2 over the preview: status 500 instead of 200" in run.answer["reason"]
    assert (
        "'boom' on api:2 over the preview: status 500: the function failed"
        in (run.answer["reason"])
    )
    assert shop.revisions() == at_live, "live was written"
    assert tried.get("/orders")[1]["version"] == "2"
    assert_invariants(shop, run)


def test_a_green_that_cannot_start_says_over_the_preview_what_api_gateway_keeps_to_itself(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    run = released(shop, machine, UP, source="import a_package_that_nobody_packed\n")
    assert run.end == "RolledBack", run
    assert "'up' on api:2 over the preview: status 500: the function failed" in run.answer["reason"]
    assert "No module named 'a_package_that_nobody_packed'" in run.answer["reason"]
    assert_invariants(shop, run)


def test_a_green_that_went_back_stays_at_the_preview(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    assert released(shop, machine).end == "Released"
    before(machine, "bake", lambda: shop.point("api", "2"))
    shop.upload("1.1.0", sources={"api": SHOP + "# 1.1.0\n"}, extra=UP)
    run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert shop.live()["api"]["version"] == "2"
    assert tried.alias["FunctionVersion"] == "3", "it can be looked at"
    assert_invariants(shop, run)


def test_a_rollback_does_not_need_the_preview(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    assert released(shop, machine).end == "Released"

    def break_both() -> None:
        tried.delete()
        shop.point("api", "2")

    before(machine, "bake", break_both)
    shop.upload("1.1.0", sources={"api": SHOP + "# 1.1.0\n"}, extra=UP)
    run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert shop.live()["api"]["version"] == "2"
    assert machine.calls.count("roll_back") == 1
    assert_invariants(shop, run)


def test_whoever_tries_green_is_no_evidence_of_it(
    shop: Service, slow_machine: Engine, tried: Previewed
) -> None:
    tries: list[int] = []
    before(slow_machine, "bake", lambda: tries.extend(tried.get("/boom")[0] for _ in range(20)))
    shop.upload(
        "1.0.0", sources={"api": SHOP}, extra=UP, plan="steps(50@0.05, 100@0.05)", bake='inconclusive = "promote"'
    )  # fmt: skip
    run = slow_machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert set(tries) == {500}
    assert len(tries) >= 40
    for verdict in Tools().journal.verdicts(run.answer["deployment"]):
        assert (verdict["greenServed"], verdict["greenFailed"]) == (0, 0)
    assert run.answer["failedRequests"] == 0
    assert_invariants(shop, run)


def test_a_preview_that_is_gone_is_told_and_holds_up_only_the_checks_that_want_it(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    tried.delete()
    gone = f"{tried.function}:preview could not be moved: the alias preview of"
    run = released(shop, machine, check("up", 'method = "GET", path = "/", via = "event"', "status = 200"))  # fmt: skip
    assert run.end == "Released", run
    assert gone in section(run)["reason"]
    shop.upload("1.1.0", sources={"api": SHOP + "# 1.1.0\n"}, extra=UP)
    run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert f"'up' on api:3 over the preview: not made: {gone}" in run.answer["reason"]
    assert_invariants(shop, run)


def test_a_preview_that_does_not_answer_fails_its_checks(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    tried.register(url="http://127.0.0.1:9")
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert "over the preview: GET http://127.0.0.1:9/: " in run.answer["reason"]
    assert_invariants(shop, run)


def test_a_preview_that_leads_nowhere_says_that_it_has_no_route(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    tried.register(url=tried.url.replace("/execute-api/", "/execute-api/0"))
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert_invariants(shop, run)


def test_a_role_that_greenshift_may_not_take_fails_the_checks_with_aws_sentence(
    shop: Service, machine: Engine, tried: Previewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Any:
        raise AwsRefused("AssumeRole: AccessDenied: not authorized")

    monkeypatch.setattr(PreviewCalls, "become", refused)
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert "not made: AssumeRole: AccessDenied: not authorized" in run.answer["reason"]


def test_an_answer_does_not_count_where_a_hand_moved_the_preview_meanwhile(
    shop: Service, machine: Engine, tried: Previewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = PreviewCaller.send

    def moved(self: PreviewCaller, *sent: Any) -> Any:
        answered = send(self, *sent)
        tried.move("1")
        return answered

    monkeypatch.setattr(PreviewCaller, "send", moved)
    by_number = check("by number", 'method = "GET", path = "/", via = "event"', "status = 200")
    run = released(shop, machine, UP + by_number)
    assert run.end == "RolledBack", run
    assert "preview was moved to version 1 by somebody else meanwhile" in run.answer["reason"]
    results = {each["name"]: each for each in section(run)["results"]}
    assert results["by number"]["unmet"] == []


def test_verifying_twice_moves_the_preview_once(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    documents: list[Mapping[str, Any]] = []
    machine.after = lambda phase, document: (
        documents.append(document) if phase == "verify_green" else None
    )
    revisions: list[str] = []

    def again() -> None:
        revisions.append(tried.alias["RevisionId"])
        assert "errorType" not in machine.call("verify_green", documents[0])
        revisions.append(tried.alias["RevisionId"])

    before(machine, "shift_traffic", again)
    run = released(shop, machine)
    assert run.end == "Released", run
    assert len(set(revisions)) == 1


def test_a_release_that_leaves_the_entry_alone_is_tried_at_what_is_live(
    aws: Any, make: Callable[..., Service], machine_of: Callable[..., Engine]
) -> None:
    shop = make(kinds={"api": "entry", "worker": "consumer"})
    tried, machine = Previewed(aws, shop), machine_of(shop)
    tried.register()
    shop.upload("1.0.0", sources={"api": SHOP, "worker": GOOD}, extra=UP)
    assert machine.run({"release": "1.0.0"}).end == "Released"
    tried.move("1")
    shop.upload("1.1.0", sources={"worker": RAISES}, extra=UP)
    run = machine.run({"release": "1.1.0"})
    assert run.answer["green"]["api"] == "unchanged", run
    assert tried.alias["FunctionVersion"] == shop.live()["api"]["version"] == "2"


def test_a_preview_with_an_authorizer_of_its_own_moves_and_leaves_the_checks_events(
    shop: Service, machine: Engine, tried: Previewed
) -> None:
    preview = {"url": tried.url, "alias": "preview"}
    shop.register(preview=preview)
    run = released(shop, machine)
    assert run.end == "Released", run
    assert [each["via"] for each in section(run)["results"]] == ["event"]
    assert tried.alias["FunctionVersion"] == "2"
    record = Tools().journal.deployment(run.answer["deployment"])
    assert record is not None
    assert json.loads(json.dumps(record["preview"]))["roleArn"] is None
