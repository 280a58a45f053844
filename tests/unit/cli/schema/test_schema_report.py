"""The gate's report as people and code hosts see it."""

from dataclasses import replace

from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.report import GateReport, StatementReport, summary
from infra.cli.schema.sarif import sarif
from infra.cli.schema.show import expected_wait, findings_of, plan_of

REFUSED = GateFinding(
    path="migrations/0002_b.expand.sql",
    statement=1,
    line=3,
    rule="drop-column",
    layer="syntax",
    verdict="REFUSE",
    breaks="blue reads users.name",
    remedy="-- in 0002_b.contract.sql\nALTER TABLE users DROP COLUMN name",
)
REVIEW = replace(REFUSED, rule="enum-value", verdict="REVIEW", line=5, statement=2, remedy="")
WAIVED = replace(REVIEW, waived="no reader decodes it")
STATEMENT = StatementReport(
    path=REFUSED.path,
    number=1,
    line=3,
    text="ALTER TABLE users\n  DROP COLUMN name",
    verdict="REFUSE",
    measured=True,
    locks={"users": "AccessExclusive"},
)


def report(*findings: GateFinding) -> GateReport:
    return GateReport(
        statements=(STATEMENT,),
        findings=findings,
        layers=("syntax", "catalog"),
        notes=("static and catalog only: there are no statements",),
    )


def test_a_refusal_is_told_with_its_place_what_breaks_and_the_remedy() -> None:
    lines = [line for line, _ in findings_of(report(REFUSED))]
    assert lines == [
        "migrations/0002_b.expand.sql:3: REFUSE drop-column (syntax)",
        "    blue reads users.name",
        "    -- in 0002_b.contract.sql",
        "    ALTER TABLE users DROP COLUMN name",
        "note: static and catalog only: there are no statements",
        "refused: 1 finding (1 statement, layers: syntax, catalog)",
    ]


def test_a_review_stops_until_it_is_waived_with_a_reason() -> None:
    assert not report(REVIEW).accepted
    assert report(WAIVED).accepted
    lines = [line for line, _ in findings_of(report(WAIVED))]
    assert "    waived: no reader decodes it" in lines
    assert lines[-1].startswith("accepted")


def test_the_plan_names_lock_rewrite_and_wait_of_each_statement() -> None:
    lines = [line for line, _ in plan_of(report())]
    assert lines[:4] == [
        "REFUSE migrations/0002_b.expand.sql:3  ALTER TABLE users DROP COLUMN name",
        "       locks     AccessExclusive on users",
        "       rewrites  nothing",
        "       waiting   reads and writes wait, 0.5 s a try at most for its lock, then a moment",
    ]


def test_the_wait_is_the_gravest_locks_and_a_rewrites_whole_time() -> None:
    both = replace(STATEMENT, locks={"a": "Share", "b": "AccessExclusive"})
    assert expected_wait(both).startswith("reads and writes")
    assert expected_wait(replace(STATEMENT, locks={"a": "RowExclusive"})) == "nobody"
    assert "rewrite" in expected_wait(replace(STATEMENT, rewrites=("users",)))
    assert expected_wait(replace(STATEMENT, measured=False)) == "not measured"


def test_the_wait_for_a_table_that_is_read_whole_lasts_until_it_is_read() -> None:
    both = ("public.orders", "public.users")
    index = replace(STATEMENT, locks={"public.orders": "Share"}, scans=both[:1])
    key = replace(STATEMENT, locks=dict.fromkeys(both, "ShareRowExclusive"), scans=both)
    check = replace(STATEMENT, locks={"public.orders": "AccessExclusive"}, scans=both[:1])
    wait = "writes wait, 0.5 s a try at most for its lock, then until public.orders"
    assert expected_wait(index) == f"{wait} is read whole"
    assert expected_wait(key) == f"{wait} and public.users is read whole"
    assert expected_wait(check) == f"reads and {wait} is read whole"


def test_sarif_has_a_result_on_the_line_of_each_finding() -> None:
    run = sarif(report(REFUSED, WAIVED))["runs"][0]
    refused, waived = run["results"]
    assert refused["level"] == "error"
    place = refused["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "migrations/0002_b.expand.sql"}
    assert place["region"] == {"startLine": 3}
    assert waived["level"] == "warning"
    assert waived["suppressions"][0]["justification"] == "no reader decodes it"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["drop-column", "enum-value"]


def test_the_record_says_in_one_sentence_what_the_gate_found() -> None:
    assert summary(report(WAIVED)) == (
        "gate: 1 statement accepted; static and catalog only; "
        "enum-value waived: no reader decodes it"
    )
    assert summary(report(REFUSED, REVIEW)).startswith("gate: 1 statement, refused: ")
    assert summary(report(REFUSED, REVIEW)).endswith("(and 1 more)")


def test_what_two_layers_found_names_both_to_people_and_code_hosts() -> None:
    both = replace(REFUSED, also=("catalog",))
    lines = [line for line, _ in findings_of(report(both))]
    assert lines[0] == "migrations/0002_b.expand.sql:3: REFUSE drop-column (syntax, catalog)"
    (result,) = sarif(report(both))["runs"][0]["results"]
    assert result["properties"]["layer"] == "syntax"
    assert result["properties"]["layers"] == ["syntax", "catalog"]
    (rule,) = sarif(report(both))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"] == "blue reads or writes a column that is gone"
