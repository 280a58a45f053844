"""All layers together, on one release's files."""

import pytest

from handlers.domain.bundle.migration_files import MigrationFile
from handlers.domain.schema.backfill.backfill import read_backfill
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.history import Migration
from handlers.gating.gate import judge_migrations

TABLE = "CREATE TABLE t (id int PRIMARY KEY, note varchar(10)); CREATE INDEX t_note ON t (note);"


@pytest.fixture
def judged(gate):
    def run(sql: str):
        pending = gate.migration(sql)
        return judge_migrations(
            gate.home,
            history=[gate.migration(TABLE, 1, "base")],
            pending=[Migration(pending.file, pending.statements, sql)],
            statements=(),
            role=None,
            mode="own",
            deadline=gate.deadline,
        )

    return run


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("DROP INDEX CONCURRENTLY t_note", "drop-index"),
        ("ALTER TABLE t ADD CHECK (note <> 'x') NOT VALID", "check-binds-blue"),
        ("ALTER TABLE t ALTER note TYPE varchar(20)", "widen-column-type"),
        ("CREATE UNIQUE INDEX CONCURRENTLY t_one ON t (note)", "unique-binds-blue"),
        ("ALTER TABLE t DISABLE TRIGGER ALL", "switch-trigger"),
    ],
)
def test_one_waiver_covers_one_risk_in_every_layer(judged, sql, rule):
    refused = judged(sql)
    assert [each.rule for each in refused.findings] == [rule]
    allowed = judged(f"-- greenshift: allow {rule} because nobody minds\n{sql}")
    assert allowed.accepted
    assert allowed.findings[0].layers == refused.findings[0].layers


def test_a_refusal_is_one_finding_of_both_layers(judged):
    (one,) = judged("ALTER TABLE t DROP COLUMN id").findings[:1]
    assert (one.rule, one.verdict, one.layers) == ("drop-column", "REFUSE", ("syntax", "catalog"))


@pytest.fixture
def filled(gate):
    def run(sql: str, expand: str = "SELECT 1", blue: tuple[BlueStatement, ...] = ()):
        text = f"-- table: t\n-- key: id\n{sql}"
        pending = gate.migration(expand)
        file = MigrationFile("migrations/0002_change.backfill.sql", 2, "change", "backfill")
        return judge_migrations(
            gate.home,
            history=[gate.migration(f"{TABLE} INSERT INTO t VALUES (1, 'a'), (2, 'b')", 1, "base")],
            pending=[Migration(pending.file, pending.statements, expand)],
            backfills=[read_backfill(file, text)],
            statements=blue,
            role=None,
            mode="own",
            deadline=gate.deadline,
        )

    return run


def test_a_backfill_runs_on_scratch_after_the_expand_files_before_it(filled):
    sql = "UPDATE t SET channel = 'web' WHERE id > $1 AND id <= $2"
    report = filled(sql, "ALTER TABLE t ADD COLUMN channel text")
    assert report.accepted
    assert [(each.path.split(".")[1], each.measured) for each in report.statements] == [
        ("expand", True),
        ("backfill", True),
    ]
    assert report.statements[1].locks["public.t"] == "RowExclusive"


def test_a_backfill_that_does_not_apply_is_refused_at_its_line(filled):
    (found,) = filled("UPDATE t SET channel = 'web'\nWHERE id > $1 AND id <= $2").findings
    assert (found.rule, found.verdict) == ("does-not-apply", "REFUSE")
    assert (found.path, found.line) == ("migrations/0002_change.backfill.sql", 3)
    assert 'column "channel"' in found.breaks


def test_a_key_by_which_no_batch_is_found_is_refused(filled):
    report = filled(
        "UPDATE t SET note = '' WHERE id > $1 AND id <= $2", "ALTER TABLE t DROP CONSTRAINT t_pkey"
    )
    assert any("no index of the table begins with" in each.breaks for each in report.findings)


def test_what_blue_sees_of_a_backfill_is_told_on_its_statement(filled):
    blue = BlueStatement("notes", "SELECT note FROM t ORDER BY id", ("",))
    report = filled("UPDATE t SET note = 'x' WHERE id > $1 AND id <= $2", blue=(blue,))
    assert {each.rule for each in report.findings} == {"backfill-in-use", "blue-sees-other-rows"}
    assert all(each.path.endswith(".backfill.sql") and each.line == 3 for each in report.findings)


def test_a_waiver_in_a_backfill_lets_it_pass(filled):
    blue = BlueStatement("notes", "SELECT note FROM t WHERE id = $1", ("7",))
    sql = "UPDATE t SET note = 'x' WHERE id > $1 AND id <= $2"
    assert not filled(sql, blue=(blue,)).accepted
    waiver = "-- greenshift: allow backfill-in-use because blue shows it as it is\n"
    assert filled(waiver + sql, blue=(blue,)).accepted
