"""One risk has one name in every layer, every name is known, and the documentation has it."""

import re
from pathlib import Path

import pytest

import handlers.domain.items.gate as items_gate
import handlers.domain.schema.gate as schema_gate
from handlers.domain.items.gate.rule_names import MEANINGS as OF_ITEMS
from handlers.domain.schema.gate.findings import GateFinding, joined
from handlers.domain.schema.gate.rule_names import KNOWN, MEANINGS
from handlers.domain.schema.gate.rules.registry import RULES

DOCS = Path(__file__).parents[4] / "docs" / "schema-rules.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| (REVIEW|REFUSE) \| (.+) \| (.+) \|$", re.MULTILINE)
NAME = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
SEEN = ("catalog/*.py", "measured.py", "blue_outcomes.py")


def words(package, *patterns):
    folder = Path(package.__file__).parent
    files = [path for pattern in patterns for path in folder.glob(pattern)]
    return {name for path in files for name in NAME.findall(path.read_text("utf-8"))}


def finding(layer, verdict="REVIEW", **said):
    place = {
        "path": "migrations/0002_x.expand.sql",
        "statement": 1,
        "line": 1,
        "rule": "drop-index",
    }
    return GateFinding(
        **{**place, "breaks": f"{layer} saw it", **said}, layer=layer, verdict=verdict
    )


def test_what_the_catalog_and_blues_statements_say_has_a_known_name():
    assert words(schema_gate, *SEEN) <= KNOWN


def test_every_name_of_the_items_gate_has_its_meaning():
    assert words(items_gate, "*.py") == set(OF_ITEMS)


def test_every_rule_of_every_layer_has_its_line_in_the_documentation():
    rows = {name: (verdict, breaks) for name, verdict, breaks, _ in ROW.findall(DOCS.read_text())}
    assert {name: breaks for name, (_, breaks) in rows.items()} == {**MEANINGS, **OF_ITEMS}
    assert {name: rows[name][0] for name in RULES} == {n: rule.verdict for n, rule in RULES.items()}


def test_no_rule_has_two_lines():
    names = [name for name, *_ in ROW.findall(DOCS.read_text())]
    assert len(names) == len(set(names))


def test_what_two_layers_find_on_one_statement_is_one_finding_that_names_both():
    (one,) = joined([finding("syntax", remedy="keep it"), finding("catalog")])
    assert one.layers == ("syntax", "catalog")
    assert (one.breaks, one.remedy) == ("syntax saw it", "keep it")


def test_the_graver_layer_tells_it_and_keeps_the_others_remedy():
    (one,) = joined([finding("syntax", remedy="keep it"), finding("catalog", "REFUSE")])
    assert one.layers == ("catalog", "syntax")
    assert (one.verdict, one.breaks, one.remedy) == ("REFUSE", "catalog saw it", "keep it")


@pytest.mark.parametrize("other", [{"statement": 2}, {"path": "x"}, {"rule": "drop-table"}])
def test_findings_on_other_statements_or_of_other_rules_stay_apart(other):
    assert len(joined([finding("syntax"), finding("catalog", **other)])) == 2


def test_what_one_layer_finds_twice_stays_two_findings():
    found = joined([finding("syntax"), finding("syntax"), finding("catalog")])
    assert [each.layers for each in found] == [("syntax", "catalog")] * 2


def test_connections_that_fail_for_a_wider_column_are_the_wider_columns_finding():
    seen = [
        finding("syntax", rule="widen-column-type"),
        finding("statements", rule="warm-connections"),
    ]
    (one,) = joined(seen)
    assert (one.rule, one.layers) == ("widen-column-type", ("syntax", "statements"))
