"""`greenshift compare`: recorded requests made from logs, and what came of comparing them."""

import json
from pathlib import Path
from typing import Any

import pytest
from account import Account, Service
from conftest import Command
from typer.testing import CliRunner, Result

from handlers.adapters.clock import iso, now
from handlers.domain.codec import encode
from handlers.domain.compare.comparison import Comparison
from handlers.domain.compare.recording import read_recording
from handlers.domain.compare.tally import Difference
from handlers.domain.probe.probe_event import http_event
from handlers.domain.release.check_calls import HttpRequest
from handlers.domain.release.compare_section import Comparing
from infra.cli.main import app

HAR = {
    "log": {
        "entries": [
            {
                "request": {
                    "method": "GET",
                    "url": "https://shop.example.com/orders/1?a=b&a=c",
                    "headers": [
                        {"name": "Accept", "value": "application/json"},
                        {"name": "Authorization", "value": "Bearer secret"},
                        {"name": "Cookie", "value": "session=secret"},
                        {"name": ":path", "value": "/orders/1"},
                        {"name": "Host", "value": "shop.example.com"},
                    ],
                }
            },
            {"request": {"method": "POST", "url": "https://shop.example.com/orders"}},
        ]
    }
}


def import_(tmp_path: Path, text: str, *arguments: object) -> Result:
    (tmp_path / "source").write_text(text)
    target = tmp_path / "compare" / "orders.jsonl"
    asked = ["compare", "import", tmp_path / "source", "-o", target, *arguments]
    return CliRunner().invoke(app, [str(each) for each in asked])


def recorded(tmp_path: Path, **table: Any) -> list[dict[str, Any]]:
    """The lines that were made, which a bundle takes as they are."""
    text = (tmp_path / "compare" / "orders.jsonl").read_text()
    _, findings = read_recording(text, Comparing(name="o", function="api", requests="o.jsonl"))
    assert findings == []
    return [json.loads(line) for line in text.splitlines()]


def test_a_har_file_becomes_requests_without_credentials(tmp_path: Path) -> None:
    result = import_(tmp_path, json.dumps(HAR))
    assert result.exit_code == 0, result.output
    assert recorded(tmp_path) == [
        {"method": "GET", "path": "/orders/1", "query": {"a": "c"}, "headers": {"Accept": "application/json"}}
    ]  # fmt: skip
    assert "1 requests" in result.stdout
    assert "1 left out, since they may change something" in result.stdout


def test_an_access_log_becomes_requests_each_once(tmp_path: Path) -> None:
    log = [
        {"requestId": "1", "httpMethod": "GET", "path": "/prod/orders/1?limit=5", "status": "200"},
        {"requestId": "2", "httpMethod": "GET", "path": "/prod/orders/1?limit=5", "status": "200"},
        {"requestId": "3", "httpMethod": "DELETE", "path": "/prod/orders/1"},
        {"message": "START RequestId"},
    ]
    lines = "\n".join([*map(json.dumps, log), "REPORT RequestId: 1", ""])
    result = import_(tmp_path, lines, "--prefix", "/prod", "--json")
    assert recorded(tmp_path) == [{"method": "GET", "path": "/orders/1", "query": {"limit": "5"}}]
    found = json.loads(result.stdout)
    counts = {"requests": 1, "unsafe": 1, "repeated": 1, "surplus": 0, "unread": 2}
    assert {key: found[key] for key in counts} == counts


@pytest.mark.parametrize("form", ["apiGatewayV2", "apiGatewayV1", "alb"])
def test_an_event_stays_an_event_without_its_credentials(tmp_path: Path, form: Any) -> None:
    headers = {"Authorization": "Bearer secret", "X-Session-Token": "secret", "accept": "*/*"}
    request = HttpRequest(method="GET", path="/orders/1", headers=headers, form=form)
    event = {**http_event(request, "c"), "cookies": ["session=secret"]}
    assert import_(tmp_path, json.dumps(event)).exit_code == 0
    (found,) = recorded(tmp_path)
    assert "secret" not in json.dumps(found)
    assert found["event"]["headers"]["accept"] == "*/*"


def test_of_too_many_those_are_kept_that_differ_most(tmp_path: Path) -> None:
    paths = [
        *(f"/orders/{n}" for n in range(50)),
        "/health",
        *(f"/users/{n}/cart" for n in range(9)),
    ]
    log = "\n".join(json.dumps({"method": "get", "url": path}) for path in paths)
    assert import_(tmp_path, log, "--most", 5).exit_code == 0
    assert [each["path"] for each in recorded(tmp_path)] == [
        "/orders/0", "/orders/1", "/health", "/users/0/cart", "/users/1/cart"
    ]  # fmt: skip


def test_a_log_without_a_request_is_one_sentence(tmp_path: Path) -> None:
    result = import_(tmp_path, "hello\n{}\n[1]\n")
    assert result.exit_code == 1
    assert "has no GET, HEAD or OPTIONS with a path: log $context.httpMethod" in result.stderr
    assert not (tmp_path / "compare").exists()


COMPARED = Comparison(
    name="orders", function="api", version="2", mode="gate", file="compare/orders.jsonl",
    requests=120, compared=118, blue_failed=2, asked_again=30, gone=1, differing=1,
    fields=(Difference(field="body.total", differ=37, noise=0, line=4, blue="12", green='"12"'),),
    noisy=(Difference(field="body.at", differ=118, noise=118, line=1),),
)  # fmt: skip


def verified(service: Service, *found: Comparison) -> str:
    deployment = service.running().deployment
    service.journal.ended(deployment, "VerifyGreen", iso(now()), {"compared": encode(found)})
    return deployment


def test_it_shows_each_field_with_its_counts_and_its_example(
    account: Account, greenshift: Command
) -> None:
    service = account.service()
    deployment = verified(service, COMPARED)
    result = greenshift("compare", "show", deployment)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "api:2 (gate): compared 118 of 120 requests of 'orders' (blue itself fails 2): 1 field "
        "differs: body.total (37 of 118; noise 0)",
        "  30 asked again, of which 1 differed no more",
        "  body.total: 37 of 118, noise 0, first in compare/orders.jsonl:4",
        "    blue   12",
        '    green  "12"',
        "  differ on blue itself: body.at (118)",
    ]
    (document,) = greenshift.documents(greenshift("compare", "show", service.name, "--json"))
    assert document == {"deployment": deployment, **encode(COMPARED)}


def test_a_deployment_that_compared_nothing_is_one_sentence(
    account: Account, greenshift: Command
) -> None:
    result = greenshift("compare", "show", verified(account.service()))
    assert result.exit_code == 1
    assert "compared nothing: its release.toml has no [[compare]]" in result.stderr
