"""All layers together, on one release's files."""

import pytest

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
