"""A waiver lets a REVIEW pass with its reason; one that cannot be followed stops the migration."""

from dataclasses import replace

import pytest

from handlers.adapters.syntax import parse
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import accepted
from handlers.domain.schema.gate.rules.judge import judge
from handlers.domain.schema.gate.rules.registry import RULES
from handlers.domain.schema.gate.waivers import BAD_WAIVER, apply_waivers

PATH = "migrations/0002_x.expand.sql"


def applied(sql):
    findings = [finding for each in judge(parse(PATH, sql), Facts()) for finding in each.findings]
    return apply_waivers(findings, {PATH: sql}, RULES)


def waived(sql):
    return [(each.statement, each.rule, each.waived) for each in applied(sql).findings]


def test_above_a_statement_it_is_for_that_statement():
    sql = (
        "DROP INDEX a;\n"
        "-- greenshift: allow drop-index because nobody reads by it\n"
        "DROP INDEX b;\nDROP INDEX c;"
    )
    assert waived(sql) == [
        (1, "drop-index", None),
        (2, "drop-index", "nobody reads by it"),
        (3, "drop-index", None),
    ]


def test_in_the_header_it_is_for_the_whole_file():
    sql = "-- Indexes go.\n-- greenshift: allow drop-index because unused\n\nDROP INDEX a;\n\nDROP INDEX b;"
    assert [each[2] for each in waived(sql)] == ["unused", "unused"]


def test_without_an_empty_line_it_is_for_the_first_statement_alone():
    sql = "-- greenshift: allow drop-index because unused\nDROP INDEX a;\n\nDROP INDEX b;"
    assert [each[2] for each in waived(sql)] == ["unused", None]


def test_several_stand_above_one_statement():
    sql = (
        "-- greenshift: allow change-default because blue always writes it\n"
        "-- why: see the ticket\n"
        "-- GREENSHIFT: Allow drop-not-null because blue reads NULL\n"
        "ALTER TABLE t ALTER a SET DEFAULT 1, ALTER b DROP NOT NULL;"
    )
    assert [each[2] for each in waived(sql)] == ["blue always writes it", "blue reads NULL"]
    assert accepted(applied(sql).findings)


def test_it_is_for_the_rule_that_it_names_and_no_other():
    sql = "-- greenshift: allow drop-index because x\nALTER TABLE t ALTER b DROP NOT NULL;"
    assert waived(sql) == [(1, "drop-not-null", None)]
    assert applied(sql).notes == (f"{PATH}:1: nothing here needs drop-index allowed; take it out",)


def test_a_refusal_stays_one_and_the_note_says_so():
    sql = "-- greenshift: allow drop-table because I dare\nDROP TABLE t;"
    assert waived(sql) == [(1, "drop-table", None)]
    assert not accepted(applied(sql).findings)
    (note,) = applied(sql).notes
    assert note == f"{PATH}:1: drop-table is refused and cannot be allowed; follow its remedy"


@pytest.mark.parametrize(
    ("sql", "line", "what"),
    [
        ("-- greenshift: allow drop-index\nDROP INDEX a;", 1, "is no waiver"),
        ("-- greenshift: allow drop-index because \nDROP INDEX a;", 1, "is no waiver"),
        ("-- greenshift: permit drop-index because x\nDROP INDEX a;", 1, "is no waiver"),
        ("-- greenshift: allow drop-idx because x\nDROP INDEX a;", 1, "there is no rule drop-idx"),
        (
            "DROP INDEX a; -- greenshift: allow drop-index because x\n",
            1,
            "stands above no statement",
        ),
        (
            "DROP INDEX a; -- greenshift: allow drop-index because x\nDROP INDEX b;",
            1,
            "stands above no statement",
        ),
        (
            "DROP INDEX\n-- greenshift: allow drop-index because x\na;",
            2,
            "stands above no statement",
        ),
        (
            "DROP INDEX a;\n\n-- greenshift: allow drop-index because x\n",
            3,
            "stands above no statement",
        ),
    ],
)
def test_a_bad_waiver_is_a_refusal_with_its_line(sql, line, what):
    bad = [each for each in applied(sql).findings if each.rule == BAD_WAIVER]
    assert [(each.line, each.verdict, each.waived) for each in bad] == [(line, "REFUSE", None)]
    assert what in bad[0].breaks


def test_a_waiver_in_a_string_or_a_block_comment_is_none():
    sql = "/*\n-- greenshift: allow drop-index because x\n*/\nDROP INDEX a;\nCOMMENT ON TABLE t IS '\n-- greenshift: nonsense';"
    assert waived(sql) == [(1, "drop-index", None)]


def test_findings_of_other_layers_are_waived_alike():
    sql = "-- greenshift: allow rows-differ because a new default\nSELECT 1;"
    (finding,) = judge(parse(PATH, "DROP INDEX a"), Facts())[0].findings
    other = replace(finding, rule="rows-differ", layer="statements")
    found = apply_waivers([other], {PATH: sql}, {*RULES, "rows-differ"})
    assert [each.waived for each in found.findings] == ["a new default"]


def test_only_the_file_itself_can_let_its_findings_pass():
    findings = judge(parse(PATH, "DROP INDEX a"), Facts())[0].findings
    other = "-- greenshift: allow drop-index because x\nDROP INDEX a"
    found = apply_waivers(
        findings, {"migrations/0001_y.expand.sql": other, PATH: "DROP INDEX a"}, RULES
    )
    assert [each.waived for each in found.findings] == [None]
