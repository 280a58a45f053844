"""What the gate judges is what the runner runs; what PostgreSQL cannot read is said with its place."""

import re

import pytest

from handlers.adapters.syntax import parse
from handlers.domain.schema.gate.agreement import MOST_DEPTH, agree
from handlers.domain.schema.statements import split
from handlers.errors import MigrationFailed

PATH = "migrations/0001_x.expand.sql"

NASTY = {
    "nothing": "",
    "only comments": "-- a; b\n/* c; /* d; */ e; */ ;;\n;",
    "empty statements": ";;SELECT 1;;\n;SELECT 2;",
    "leading comments": "-- first\n\n/* second */ SELECT 1;\n-- third\nSELECT 2 -- fourth\n",
    "a comment before the semicolon": "SELECT 1 /* ; */ ; SELECT 2 -- ;\n;",
    "the same text in a comment": "-- SELECT 1\nSELECT 1; /* SELECT 2 */ SELECT 2;",
    "dollar quotes": "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $a$ BEGIN; $$;$$ END $a$; SELECT 2",
    "an atomic body": "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a > 0 THEN 1 END; END; SELECT 2",
    "escape strings": r"SELECT E'a\';', 'b\'; SELECT E'\\'; SELECT 'it''s;'",
    "unicode": "COMMENT ON TABLE t IS 'größer; ≤ 😀'; SELECT U&'\\0061;', 'é' AS \"ñ;\"; SELECT 3",
    "a rule's brackets": "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b); SELECT 2",
    "windows lines": "SELECT 1;\r\n-- x\r\nSELECT\r\n2;\r\n",
    "continued strings": "SELECT 'a'\n';b'; SELECT 2",
    "casts and slices": "SELECT a::text, b[1:2] FROM t; SELECT 1",
}


@pytest.mark.parametrize("sql", NASTY.values(), ids=NASTY.keys())
def test_statements_are_the_runners_with_number_line_and_text(sql):
    found = [(each.path, each.number, each.line, each.text) for each in parse(PATH, sql)]
    assert found == [(PATH, each.number, each.line, each.text) for each in split(PATH, sql)]


def test_the_tree_is_plain_json_and_its_only_node_is_the_kind():
    (found,) = parse(PATH, "ALTER TABLE a.users ADD COLUMN phone text")
    assert found.kind == "AlterTableStmt"
    assert found.tree["relation"]["relname"] == "users"
    assert found.tree["cmds"][0]["AlterTableCmd"]["subtype"] == "AT_AddColumn"


def test_places_in_the_tree_count_from_the_statements_own_start():
    first, second = parse(PATH, "SELECT 1;\n\n SELECT a")
    assert first.tree["targetList"][0]["ResTarget"].get("location") == len("SELECT ")
    assert second.tree["targetList"][0]["ResTarget"]["location"] == len("SELECT ")


@pytest.mark.parametrize(
    ("sql", "place", "what"),
    [
        ("SELECT 1;\nSELECT a\n  FORM t;", "3:8", 'syntax error at or near "t"'),
        ("SELECT 'é', 'ü' FORM t x", "1:22", 'syntax error at or near "t"'),
        ("ALTER TABLE t ADD", "1:18", "syntax error at end of input"),
    ],
)
def test_sql_that_does_not_parse_is_refused_with_line_and_column(sql, place, what):
    with pytest.raises(MigrationFailed, match=re.escape(f"{PATH}:{place}: {what}; PostgreSQL")):
        parse(PATH, sql)


@pytest.mark.parametrize(
    ("sql", "place", "template"),
    [
        ("-- {{ no }}\nALTER TABLE {{ table }} ADD a int;", "2:13", "{{ table }}"),
        ("SELECT 1;\nALTER TABLE ${schema}.users ADD a int;", "2:13", "${schema}"),
        ("ALTER TABLE <%= table %> ADD a int;", "1:13", "<%= table %>"),
        ("{% if x %}SELECT 1;{% endif %}", "1:1", "{% if x %}"),
        ("ALTER TABLE :schema.users ADD a int;", "1:13", ":schema"),
        ("ALTER TABLE t ALTER a SET DEFAULT :'x';", "1:35", ":'x'"),
        ("ALTER TABLE %(table)s ADD a int;", "1:13", "%(table)s"),
        ("ALTER TABLE @table@ ADD a int;", "1:13", "@table@"),
        ('ALTER TABLE "${schema}".users ADD a int;', "1:14", "${schema}"),
    ],
)
def test_a_template_that_nobody_rendered_is_named(sql, place, template):
    with pytest.raises(MigrationFailed) as error:
        parse(PATH, sql)
    assert str(error.value).startswith(
        f"{PATH}:{place}: {template} is a template that was not rendered"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO mails VALUES ('Dear {{ name }}, ${x} <% y %> :z')",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '${x}' $$",
        "SELECT '{{1,2},{3,4}}'::int[], a[1:2], b::text",
    ],
)
def test_braces_in_strings_and_bodies_are_data(sql):
    assert len(parse(PATH, sql)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 100_000 + "1" + ")" * 100_000,
        "SELECT " + "+".join(["1"] * 100_000),
        "SELECT " + "NOT " * 50_000 + "a",
        "SELECT 1, 2" + " UNION ALL SELECT 1, 2" * 20_000,
        "SELECT " + "(SELECT " * 3_000 + "1" + ")" * 3_000,
        "SELECT " + "CASE WHEN 1 THEN " * 3_000 + "1" + " END" * 3_000,
    ],
    ids=["brackets", "sums", "negations", "unions", "subqueries", "cases"],
)
def test_what_nests_too_deeply_is_refused_and_never_crashes(sql):
    with pytest.raises(
        MigrationFailed,
        match=r"x\.expand\.sql:2:?.*(nests too deeply|memory exhausted|stack depth)",
    ):
        parse(PATH, f"SELECT 1;\n{sql};")


def test_a_chain_as_a_person_writes_it_is_read():
    assert len(parse(PATH, "SELECT " + " || ".join(["'x'"] * 300))) == 1


def test_a_long_list_is_not_deep():
    rows = ", ".join(["(1, -2, 'x'::text, NULL)"] * (MOST_DEPTH // 4))
    assert len(parse(PATH, f"INSERT INTO t VALUES {rows};")) == 1


@pytest.mark.parametrize(
    ("theirs", "place"),
    [
        (["SELECT 1"], ":3: PostgreSQL finds 1 statements where the migrator finds 2"),
        (["SELECT 1", " SELECT 2", "SELECT 3"], ":3: PostgreSQL finds 3 statements"),
        (["SELECT 1;\n\nSELECT 2", ""], ":1: PostgreSQL ends statement 1 elsewhere"),
        (["-- x\nSELECT 1", "SELECT 3"], ":3: PostgreSQL ends statement 2 elsewhere"),
    ],
)
def test_two_splits_that_differ_are_refused(theirs, place):
    with pytest.raises(MigrationFailed, match=re.escape(f"{PATH}{place}")):
        agree(PATH, split(PATH, "SELECT 1;\n\nSELECT 2;"), theirs)


def test_what_the_runner_refuses_is_refused_here_in_its_words():
    with pytest.raises(
        MigrationFailed, match="BEGIN is refused: each statement runs in a transaction"
    ):
        parse(PATH, "BEGIN; SELECT 1; COMMIT;")
