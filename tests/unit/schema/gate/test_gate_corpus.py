"""The labelled migrations of `tests/corpus`: what broke blue is stopped, what did not is refused only for a risk."""

import json
from pathlib import Path

import pytest

from handlers.adapters.syntax import parse
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import gravest
from handlers.domain.schema.gate.rules.judge import judge

CORPUS = Path(__file__).parents[3] / "corpus"
TRUTH = json.loads((CORPUS / "truth.json").read_text())
COLUMNS = {
    "public.users": {
        "id": "bigint",
        "email": "text",
        "name": "character varying(100)",
        "age": "integer",
        "status": "text",
        "nickname": "text",
        "created_at": "timestamp without time zone",
    },
    "public.orders": {
        "id": "bigint",
        "user_id": "bigint",
        "total": "numeric(12,2)",
        "state": "order_state",
        "note": "text",
        "qty": "integer",
        "legacy_ref": "integer",
    },
    "public.orders_archive": {"id": "bigint", "user_id": "bigint", "note": "text"},
    "public.events": {"id": "bigint", "at": "date", "body": "text"},
}
UNSEEN = {"u35_insert_select_star"}
"""A nullable column is harmless but for SELECT *, which only blue's own statements tell."""
HARMLESS = {"s01_add_nullable_col", "s03_create_table", "s09_comment"}


def judged(name, facts):
    sql = (CORPUS / "migrations" / f"{name}.sql").read_text()
    found = judge(parse(f"migrations/0001_{name}.expand.sql", sql), facts)
    return gravest(each.verdict for each in found), [f for each in found for f in each.findings]


FACTS = pytest.mark.parametrize(
    "facts", [Facts(), Facts(columns=COLUMNS)], ids=["files alone", "with types"]
)


def test_the_corpus_is_whole():
    assert {path.stem for path in (CORPUS / "migrations").iterdir()} == set(TRUTH)
    assert sum(each["breaks_blue"] for each in TRUTH.values()) == 19
    assert len(TRUTH) == 31


@FACTS
@pytest.mark.parametrize("name", sorted(n for n, t in TRUTH.items() if t["breaks_blue"]))
def test_what_broke_blue_is_stopped(name, facts):
    verdict, _ = judged(name, facts)
    assert (verdict == "SAFE") == (name in UNSEEN)


@FACTS
@pytest.mark.parametrize("name", sorted(n for n, t in TRUTH.items() if not t["breaks_blue"]))
def test_what_did_not_is_stopped_only_for_a_risk_that_is_named(name, facts):
    verdict, findings = judged(name, facts)
    assert (verdict == "SAFE") == (name in HARMLESS)
    assert all(finding.breaks for finding in findings)


def test_a_widening_names_the_warm_connections_that_it_kills():
    assert TRUTH["s07_widen_varchar"]["kills_warm_connections"]
    verdict, (finding,) = judged("s07_widen_varchar", Facts(columns=COLUMNS))
    assert (verdict, finding.rule) == ("REVIEW", "widen-column-type")


def test_a_rewrite_that_blue_survives_is_refused_as_a_rewrite():
    assert TRUTH["u27_generated_stored"]["rewrites"]
    verdict, (finding,) = judged("u27_generated_stored", Facts())
    assert (verdict, finding.rule) == ("REFUSE", "table-rewrite")
