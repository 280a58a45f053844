"""Each statement is judged for what it does to blue and to live traffic, with its remedy."""

import pytest
from gate_scenarios import SCENARIOS
from postgast import pg_query_pb2

from handlers.adapters.syntax import parse
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import gravest
from handlers.domain.schema.gate.parsed import Parsed
from handlers.domain.schema.gate.rules.alter_table import _COMMANDS
from handlers.domain.schema.gate.rules.judge import _JUDGES, judge
from handlers.domain.schema.gate.rules.registry import RULES

PATH = "migrations/0002_x.expand.sql"
ELSEWHERE = {
    "unknown-statement",
    "transaction-control",
    "widen-column-type",
    "backfill-shape",
    "backfill-in-use",
}
"""What is tested below or in another file: no SQL that the runner takes comes to it, or facts do."""


def findings(sql, facts=Facts()):  # noqa: B008 - frozen
    return [finding for each in judge(parse(PATH, sql), facts) for finding in each.findings]


@pytest.mark.parametrize(
    ("sql", "expected", "remedy"),
    [scenario[1:] for scenario in SCENARIOS],
    ids=[f"{scenario[0]}: {scenario[1][:90]}" for scenario in SCENARIOS],
)
def test_a_statement_is_judged(sql, expected, remedy):
    judged = judge(parse(PATH, sql), Facts())
    found = [finding for each in judged for finding in each.findings]
    verdict = gravest(each.verdict for each in judged)
    assert " ".join([verdict, *(each.rule for each in found)]) == expected
    assert remedy in "; ".join(each.remedy for each in found)
    assert all(each.breaks and each.remedy for each in found)


def test_every_rule_is_produced_by_a_scenario():
    produced = {rule for _, _, expected, _ in SCENARIOS for rule in expected.split()[1:]}
    assert set(RULES) - produced == ELSEWHERE


def test_rules_are_named_in_kebab_case_and_say_what_they_mean():
    for name, rule in RULES.items():
        assert name == rule.name == name.lower().replace("_", "-").strip("-")
        assert rule.meaning
        assert not rule.meaning.endswith(".")


def test_a_finding_has_its_place_layer_and_verdict():
    (finding,) = findings("SELECT 1;\n\nALTER TABLE users\n  DROP COLUMN name;")
    assert (finding.path, finding.statement, finding.line) == (PATH, 2, 3)
    assert (finding.layer, finding.verdict, finding.waived) == ("syntax", "REFUSE", None)
    assert finding.breaks == "blue's statements on users that name name fail with 42703"


@pytest.mark.parametrize(
    ("kind", "tree"),
    [
        ("FutureStmt", {}),
        (
            "AlterTableStmt",
            {"relation": {"relname": "t"}, "cmds": [{"AlterTableCmd": {"subtype": "AT_Future"}}]},
        ),
        (
            "AlterTableStmt",
            {
                "relation": {"relname": "t"},
                "objtype": "OBJECT_TYPE",
                "cmds": [{"AlterTableCmd": {"subtype": "AT_Future"}}],
            },
        ),
        ("DropStmt", {"removeType": "OBJECT_FUTURE", "objects": []}),
    ],
)
def test_what_no_rule_knows_is_refused(kind, tree):
    (judged,) = judge([Parsed(PATH, 1, 1, "", kind, tree)], Facts())
    assert judged.verdict == "REFUSE"
    assert [each.rule for each in judged.findings] == ["unknown-statement"]


@pytest.mark.parametrize(
    "node", [("TransactionStmt", {"kind": "TRANS_STMT_BEGIN"}), ("DiscardStmt", {})]
)
def test_transactions_are_refused_should_one_come_past_the_runner(node):
    (judged,) = judge([Parsed(PATH, 1, 1, "", *node)], Facts())
    assert [each.rule for each in judged.findings] == ["transaction-control"]


def test_files_of_a_release_are_judged_together_and_settings_end_with_their_file():
    first = parse("migrations/0002_a.expand.sql", "SET search_path TO app; CREATE TABLE t (a int)")
    second = parse("migrations/0003_b.expand.sql", "DROP TABLE app.t; DROP TABLE t")
    judged = judge([*first, *second], Facts())
    assert [each.verdict for each in judged] == ["SAFE", "SAFE", "SAFE", "REFUSE"]
    assert "migrations/0003_b.contract.sql" in judged[-1].findings[0].remedy


def test_a_bridged_rename_says_that_blue_fails_meanwhile():
    (finding,) = findings("ALTER TABLE users RENAME TO u; CREATE VIEW users AS SELECT * FROM u")
    assert "until the view users is made" in finding.breaks


MECHANICAL = "table-scan"
"""The rule of which each remedy is SQL."""


@pytest.mark.parametrize("sql", sorted({s[1] for s in SCENARIOS if MECHANICAL in s[2].split()}))
def test_a_remedy_that_is_sql_is_not_refused_itself(sql):
    for finding in findings(sql):
        if finding.rule == MECHANICAL:
            remedy = finding.remedy.removeprefix("add the column without it; ")
            assert remedy
            assert all(each.verdict == "REVIEW" for each in findings(remedy)), remedy


INSIDE = {"RawStmt", "SetOperationStmt", "ReturnStmt", "PLAssignStmt", "ReplicaIdentityStmt"}
"""Nodes that are parts of statements, never statements themselves."""


def test_every_statement_of_postgresqls_grammar_has_its_judge():
    kinds = {field.message_type.name for field in pg_query_pb2.Node.DESCRIPTOR.fields}
    assert {kind for kind in kinds if kind.endswith("Stmt")} - INSIDE == set(_JUDGES)


def test_every_subcommand_of_alter_table_has_its_judge():
    words = {
        each.name for each in pg_query_pb2.DESCRIPTOR.enum_types_by_name["AlterTableType"].values
    }
    internal = ("AT_ReAdd", "AT_AddIndex", "AT_AddColumnToView", "ALTER_TABLE_TYPE_UNDEFINED")
    assert {word for word in words if not word.startswith(internal)} == {
        word for word in _COMMANDS if not word.startswith(internal)
    }
