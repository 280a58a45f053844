"""What the gate says of a contract: what it takes away may go, unless the live release misses it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import handlers.domain.schema.gate as gate
from handlers.domain.schema.gate import of_contract
from handlers.domain.schema.gate.findings import GateFinding, Layer
from handlers.domain.schema.gate.report import GateReport

FINDING = GateFinding(
    path="migrations/0002_x.contract.sql",
    statement=1,
    line=1,
    rule="drop-column",
    layer="catalog",
    verdict="REFUSE",
    breaks="it breaks",
)


BLIND: tuple[Layer, ...] = ("syntax", "catalog")


def judged(rule: str, layer: Layer, *, layers: tuple[Layer, ...] = (*BLIND, "statements")) -> bool:
    found = replace(FINDING, rule=rule, layer=layer)
    report = GateReport(statements=(), findings=(found,), layers=layers)
    return of_contract.of_contract(report).accepted


@pytest.mark.parametrize(
    "rule", ["drop-column", "drop-table", "not-null-binds-blue", "check-binds-blue"]
)
def test_what_only_old_code_needed_may_go(rule: str) -> None:
    assert judged(rule, "syntax")
    assert judged(rule, "catalog")


@pytest.mark.parametrize(
    "rule", ["drop-column", "drop-table", "not-null-binds-blue", "check-binds-blue"]
)
def test_nothing_may_go_when_the_live_release_has_no_statements_to_ask(rule: str) -> None:
    assert not judged(rule, "syntax", layers=BLIND)
    assert not judged(rule, "catalog", layers=BLIND)


@pytest.mark.parametrize("rule", ["unknown-statement", "table-scan", "table-rewrite", "lock-table"])
def test_what_hurts_whoever_serves_is_refused(rule: str) -> None:
    assert not judged(rule, "syntax")


def test_what_the_live_releases_statements_miss_is_refused_whatever_it_is() -> None:
    assert not judged("blue-fails", "statements")


def test_every_rule_that_stays_is_one_that_a_layer_has() -> None:
    folder = Path(str(gate.__file__)).parent
    words = {
        word
        for path in folder.rglob("*.py")
        if path.name != "of_contract.py"
        for word in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text("utf-8"))
    }
    assert words >= of_contract._HURTS_WHOEVER_SERVES
