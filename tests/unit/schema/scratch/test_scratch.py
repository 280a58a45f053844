"""The scratch database: made, always dropped, and nothing beyond it touched on a server that others use."""

import secrets
from contextlib import contextmanager

import pytest

from handlers.adapters.database.postgres import beside, connect
from handlers.adapters.schema_gate.scratch import scratch_database, sweep
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.errors import MigrationFailed

TABLE = "CREATE TABLE t (id int)"
STATEMENT = BlueStatement("it", "SELECT 1", ("",))


@pytest.fixture
def migrator(gate):
    """Logs in as a role of its own, with these attributes; the role is gone afterwards."""
    name = f"gate_migrator_{secrets.token_hex(4)}"
    gate.home.run(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")

    @contextmanager
    def log_in(attributes=""):
        if attributes:
            gate.home.run(f"ALTER ROLE {name} {attributes}")
        with connect(gate.login(user=name, password="x"), gate.deadline) as session:
            yield session

    yield log_in
    gate.home.run(f"DROP OWNED BY {name}")
    gate.home.run(f"DROP ROLE {name}")


def roles(gate):
    return {name for (name,) in gate.home.run("SELECT rolname FROM pg_roles")}


def test_it_is_dropped_when_the_gate_fails_in_it(gate):
    with (
        pytest.raises(ZeroDivisionError),
        scratch_database(gate.home, "own", gate.deadline) as scratch,
    ):
        assert gate.scratches() == [scratch.name]
        with beside(gate.home, gate.deadline, scratch.name) as other:
            other.run("BEGIN")
            raise ZeroDivisionError

    assert gate.scratches() == []


def test_it_is_dropped_when_the_history_does_not_replay(gate):
    with pytest.raises(MigrationFailed):
        gate.run("SELECT nothing", "SELECT 1")

    assert gate.scratches() == []


def test_what_a_dead_gate_left_an_hour_ago_is_swept_and_what_is_younger_stays(gate):
    now = int(gate.home.value("SELECT extract(epoch FROM now())::bigint"))
    old, young = (f"greenshift_scratch_{now - age:08x}{'0' * 12}" for age in (3601, 3500))
    strange = "greenshift_scratch_of_somebody"
    for name in (old, young, strange):
        gate.home.run(f"CREATE DATABASE {name}")

    assert sweep(gate.home) == (old,)

    assert set(gate.scratches()) == {young, strange}
    for name in (young, strange):
        gate.home.run(f"DROP DATABASE {name}")


def test_a_migrator_that_may_not_make_databases_is_told_the_alter_role(gate, migrator):
    with migrator() as session, pytest.raises(MigrationFailed) as raised:
        gate.run(TABLE, "SELECT 1", home=session, mode="shared")

    assert f'run: ALTER ROLE "{session.login.user}" CREATEDB' in str(raised.value)


def test_a_migrator_that_may_not_act_as_blue_is_told_the_grant(gate, migrator):
    blue = f"gate_blue_{secrets.token_hex(4)}"
    gate.home.run(f"CREATE ROLE {blue}")
    with migrator("CREATEDB") as session, pytest.raises(MigrationFailed) as raised:
        gate.run(TABLE, "SELECT 1", STATEMENT, home=session, mode="shared", role=blue)

    assert f'run: GRANT "{blue}" TO "{session.login.user}"' in str(raised.value)
    assert gate.scratches() == []


def test_a_role_that_the_true_server_does_not_have_is_not_made_there(gate):
    with pytest.raises(MigrationFailed, match="has no role gate_nobody"):
        gate.run(TABLE, "SELECT 1", STATEMENT, mode="shared", role="gate_nobody")

    assert "gate_nobody" not in roles(gate)


def test_a_migrator_without_more_rights_examines_on_the_true_server(gate, migrator):
    blue = f"gate_blue_{secrets.token_hex(4)}"
    gate.home.run(f"CREATE ROLE {blue}")
    with migrator("CREATEDB") as session:
        gate.home.run(f"GRANT {blue} TO {session.login.user}")
        history = f"CREATE TABLE t (id int); GRANT SELECT ON t TO {blue}"
        statement = BlueStatement("it", "SELECT id FROM t", ("",))
        examined = gate.run(
            history, "ALTER TABLE t DROP id", statement, home=session, mode="shared", role=blue
        )

    assert {each.rule for each in examined.findings} == {"drop-column", "blue-fails"}


BEYOND = [
    "CREATE ROLE gate_made",
    "ALTER ROLE gate_kept CREATEDB",
    "DROP ROLE gate_kept",
    "GRANT gate_kept TO gate_other",
    "GRANT CREATE ON DATABASE postgres TO gate_kept",
    "ALTER SYSTEM SET work_mem = '5MB'",
    "CREATE DATABASE gate_made",
    "ALTER DATABASE postgres CONNECTION LIMIT 7",
    "COMMENT ON DATABASE postgres IS 'changed'",
    "REASSIGN OWNED BY gate_kept TO gate_other",
    "DO $$BEGIN EXECUTE 'CREATE ROLE gate_made'; END$$",
    "DO $$BEGIN EXECUTE 'GRANT gate_kept TO gate_other'; END$$",
    "DO $$BEGIN EXECUTE 'ALTER DATABASE postgres CONNECTION LIMIT 7'; END$$",
    "DO $$BEGIN EXECUTE 'GRANT CREATE ON DATABASE postgres TO gate_kept'; END$$",
]
CLUSTER = """
SELECT (SELECT json_agg(role ORDER BY rolname) FROM pg_roles AS role)::text,
       (SELECT json_agg(held ORDER BY roleid, member) FROM pg_auth_members AS held)::text,
       (SELECT json_agg(base ORDER BY datname) FROM pg_database AS base
        WHERE datname !~ 'scratch')::text,
       shobj_description((SELECT oid FROM pg_database WHERE datname = 'postgres'), 'pg_database')
"""


@pytest.mark.parametrize("where", ["history", "pending"])
@pytest.mark.parametrize("sql", BEYOND)
def test_what_reaches_beyond_its_database_is_not_tried_on_the_true_server(gate, sql, where):
    if "gate_kept" not in roles(gate):
        gate.home.run("CREATE ROLE gate_kept; CREATE ROLE gate_other")
    before = gate.home.run(CLUSTER)

    if where == "history":
        examined = gate.run(f"{TABLE}; {sql}", "ALTER TABLE t DROP id", mode="shared")
        assert "1 statements of the history were not tried on scratch" in examined.notes
    else:
        examined = gate.run(TABLE, f"{sql}; ALTER TABLE t DROP id", mode="shared")
        assert any("0002_change.expand.sql:1: not tried on scratch" in n for n in examined.notes)
        assert [each.tried for each in examined.statements] == [False, True]

    assert gate.home.run(CLUSTER) == before
    assert [each.rule for each in examined.findings] == ["drop-column"]


def test_the_true_databases_settings_hold_on_the_scratch_database(gate):
    name = f"gate_home_{secrets.token_hex(4)}"
    gate.home.run(f"CREATE DATABASE {name}")
    gate.home.run(f"ALTER DATABASE {name} SET search_path = 'a b', public")
    try:
        with connect(gate.login(name=name), gate.deadline) as session:
            examined = gate.run(
                'CREATE SCHEMA "a b"; CREATE TABLE t (id int)',
                "SELECT 1",
                home=session,
                mode="shared",
            )
    finally:
        gate.home.run(f"DROP DATABASE {name} WITH (FORCE)")

    assert [each.title for each in examined.before.relations] == ["a b.t"]
