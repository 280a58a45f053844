"""The gate's layers with a server, together: what is said, of which statement, and what is left behind."""

import pytest

from handlers.domain.schema.gate.blue_statement import BlueStatement

TABLE = (
    "CREATE TABLE t (id int PRIMARY KEY, note text, n int DEFAULT 1); GRANT ALL ON t TO gate_blue"
)


def blue(sql, *samples, name="it", role=None):
    return BlueStatement(name, sql, samples, role)


def said(examined):
    return [(each.rule, each.verdict, each.statement) for each in examined.findings]


def test_what_a_later_statement_mends_is_a_review_on_the_first(gate):
    examined = gate.run(
        TABLE,
        "ALTER TABLE t RENAME note TO remark;\nALTER TABLE t RENAME remark TO note;",
        blue("SELECT note FROM t", ""),
    )

    assert said(examined) == [("rename-column", "REVIEW", 1), ("blue-fails", "REVIEW", 1)]
    for finding in examined.findings:
        assert "migrations/0002_change.expand.sql:2 puts it right" in finding.breaks


def test_a_finding_is_on_the_statement_after_which_it_first_held(gate):
    examined = gate.run(TABLE, "SELECT 1;\nALTER TABLE t DROP note;\nSELECT 2;")

    assert {(each.statement, each.line) for each in examined.findings} == {(2, 2)}
    verdicts = [examined.verdict(each) for each in examined.statements]
    assert verdicts == ["SAFE", "REFUSE", "SAFE"]


def test_a_statement_that_does_not_apply_is_refused_where_postgresql_points(gate):
    examined = gate.run(TABLE, "SELECT 1;\nALTER TABLE t\n  ADD c nowhere;\nSELECT 3;")

    (finding,) = examined.findings
    assert (finding.rule, finding.verdict, finding.line) == ("does-not-apply", "REFUSE", 3)
    assert 'type "nowhere" does not exist' in finding.breaks
    assert len(examined.statements) == 2
    assert "the 1 statements after the one that failed were not examined" in examined.notes


def test_without_statements_the_report_says_what_was_not_asked(gate):
    examined = gate.run(TABLE, "SELECT 1")

    assert examined.notes == ("static and catalog only: the bundle has no statements",)


def test_a_first_release_has_nothing_that_could_break(gate):
    examined = gate.run("", f"{TABLE}; ALTER TABLE t DROP note; DROP TABLE t; {TABLE}")

    assert examined.findings == ()
    assert [each.title for each in examined.after.relations] == ["public.t"]


def test_where_blues_role_is_not_known_the_report_says_so(gate):
    examined = gate.run(TABLE, "SELECT 1", blue("SELECT 1", ""), role=None)

    assert "blue's role is not known" in examined.notes[0]


def test_before_and_after_are_catalogs_of_the_scratch_database(gate):
    examined = gate.run(TABLE, "ALTER TABLE t ADD c text")

    assert "c" not in examined.before.columns()["public.t"]
    assert examined.after.columns()["public.t"]["c"] == "text"


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        ("CREATE INDEX i ON t (n)", {"table-scan"}),
        ("CREATE INDEX CONCURRENTLY i ON t (n)", set()),
        ("ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid()", {"table-rewrite"}),
        ("ALTER TABLE t ADD c int DEFAULT 3", set()),
        ("VACUUM FULL t", {"table-rewrite"}),
        ("UPDATE t SET n = 2", set()),
        ("TRUNCATE t", {"truncate"}),
        ("DO $$BEGIN EXECUTE 'TRUNCATE t'; END$$", {"truncate"}),
        (
            "ALTER TABLE t ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID;"
            "ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t ALTER n SET NOT NULL",
            {"not-null-binds-blue"},
        ),
    ],
)
def test_scans_and_rewrites_under_a_lock_are_told(gate, sql, rules):
    assert {each.rule for each in gate.run(TABLE, sql).findings} == rules


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("CREATE INDEX i ON t (n)", ("public.t",)),
        ("ALTER TABLE t ADD CHECK (n > 0)", ("public.t",)),
        ("ALTER TABLE t ALTER n SET NOT NULL", ("public.t",)),
        ("ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES other", ("public.t",)),
        ("ALTER TABLE t ADD CHECK (n > 0) NOT VALID", ()),
        ("ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid()", ()),
        ("UPDATE t SET n = 2", ()),
    ],
)
def test_a_statement_names_the_tables_that_are_read_while_writers_wait(gate, sql, tables):
    examined = gate.run(f"{TABLE}; CREATE TABLE other (id int PRIMARY KEY)", sql)

    assert examined.statements[0].waited_for == tables


def test_a_role_that_the_files_grant_to_is_made_on_a_throw_away_server(gate):
    examined = gate.run("CREATE TABLE t (id int)", "GRANT SELECT ON t TO gate_unheard_of")

    assert examined.findings == ()
    assert gate.home.value("SELECT count(*) FROM pg_roles WHERE rolname = 'gate_unheard_of'") == 1


def test_what_is_set_for_a_database_is_set_for_the_scratch_database(gate):
    examined = gate.run(
        f"CREATE SCHEMA other; {TABLE}",
        "ALTER DATABASE production SET search_path = other",
        blue("SELECT id FROM t", ""),
    )

    assert said(examined) == [("role-setting", "REVIEW", 1), ("blue-fails", "REFUSE", 1)]


def test_what_is_set_for_blues_role_holds_for_blues_statements(gate):
    examined = gate.run(
        f"CREATE SCHEMA other; {TABLE}",
        "ALTER ROLE gate_blue SET search_path = other",
        blue("SELECT id FROM t", ""),
    )
    gate.home.run("ALTER ROLE gate_blue RESET search_path")

    assert said(examined) == [("role-setting", "REVIEW", 1), ("blue-fails", "REFUSE", 1)]
