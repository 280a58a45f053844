"""The releases' SQL on a real PostgreSQL: every release works on every schema from its own on."""

import json
import re
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import connect
from handlers.adapters.database.secrets import Login
from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.schema.backfill.backfill import read_backfill
from handlers.domain.schema.gate.of_contract import of_contract
from handlers.domain.schema.gate.statement_files import read_statements
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import split
from handlers.gating.gate import judge_migrations
from infra.local.environment import embedded
from infra.sample.build import VERSIONS, release_files
from infra.sample.database import APP, NAME, prepare_database

SOUND = VERSIONS[:-1]
"""Those that work on every later schema; the last one renames what the others ask for."""
LATER = [(old, new) for index, old in enumerate(SOUND) for new in SOUND[index:]]


@pytest.fixture(scope="module")
def environment():
    with embedded(database=True) as running:
        yield running


@pytest.fixture
def secrets(environment):
    """Fresh: whatever an earlier test left in the database is gone."""
    with superuser(environment) as connection:
        connection.run(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    return prepare_database(environment)


@contextmanager
def connected(host, port, user, password, database):
    connection = Connection(user, host=host, port=port, password=password, database=database)
    try:
        yield connection
    finally:
        connection.close()


def superuser(environment):
    known = environment.database
    return connected(known.host, known.port, known.user, known.password, known.name)


def log_in(environment, arn):
    found = environment.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    secret = json.loads(found)
    names = ("host", "port", "username", "password", "dbname")
    return connected(*(secret[name] for name in names))


def migrate(environment, secrets, version, after=None, part="expand"):
    """Applies the release's expands, those of the release `after` being applied already."""
    files = release_files(version)
    if after:
        files = {name: text for name, text in files.items() if name not in release_files(after)}
    with log_in(environment, secrets.migrator) as connection:
        for path in sorted(name for name in files if name.endswith(f".{part}.sql")):
            for statement in split(path, Path(files[path]).read_text()):
                connection.run(statement.text)


def statements(version):
    """Name, text and sample parameters of each statement of a release."""
    for name, path in sorted(release_files(version).items()):
        if name.startswith("statements/"):
            text = Path(path).read_text()
            samples = re.findall(r"^-- parameters: (.*)$", text, re.MULTILINE)
            yield Path(name).stem, text.strip().rstrip(";"), samples


def run_statements(connection, version):
    for name, text, samples in statements(version):
        connection.run("BEGIN")
        connection.run(f"PREPARE it AS {text}")
        assert bool(samples) == ("$1" in text), name
        for sample in samples or [""]:
            connection.run(f"EXECUTE it ({sample})" if sample else "EXECUTE it")
        connection.run("ROLLBACK")
        connection.run("DEALLOCATE it")


@pytest.mark.parametrize(("old", "new"), LATER)
def test_the_statements_of_a_release_run_on_every_later_schema(environment, secrets, old, new):
    migrate(environment, secrets, new)
    with log_in(environment, secrets.app) as connection:
        run_statements(connection, old)


@pytest.mark.parametrize("version", SOUND[1:])
def test_the_statements_of_1_1_0_and_later_run_on_the_contracted_schema(
    environment, secrets, version
):
    migrate(environment, secrets, version)
    migrate(environment, secrets, version, part="contract")
    with log_in(environment, secrets.app) as connection:
        run_statements(connection, version)


def test_1_0_0_can_place_no_order_on_the_contracted_schema(environment, secrets):
    migrate(environment, secrets, "1.1.0")
    migrate(environment, secrets, "1.1.0", part="contract")
    (place,) = (each for each in statements("1.0.0") if each[0] == "place_order")
    _, text, (sample,) = place
    with log_in(environment, secrets.app) as connection:
        connection.run(f"PREPARE it AS {text}")
        with pytest.raises(DatabaseError, match="23502"):
            connection.run(f"EXECUTE it ({sample})")


@pytest.mark.parametrize(("live", "accepted"), [("1.1.0", True), ("1.0.0", False)])
def test_the_gate_accepts_the_contract_of_1_1_0_for_its_own_code_and_not_for_1_0_0s(
    environment, secrets, live, accepted
):
    migrate(environment, secrets, "1.1.0")
    report = judged(environment, live, history=("1.1.0", "expand"), pending=("1.1.0", "contract"))
    assert of_contract(report).accepted is accepted


def test_the_gate_refuses_the_rename_of_1_3_0_with_what_to_write_instead(environment, secrets):
    migrate(environment, secrets, "1.1.0")
    report = judged(environment, "1.1.0", history=("1.1.0", "expand"), pending=("1.3.0", "expand"))
    first = report.findings[0]
    assert (first.rule, first.verdict, first.line) == ("rename-column", "REFUSE", 2)
    assert "ADD COLUMN product text" in first.remedy
    assert sum(each.rule == "blue-fails" for each in report.findings) == 2


def judged(environment, live, *, history, pending):
    """The gate on a part of a release, with the statements of the one that is live."""
    known = environment.database
    login = Login(
        host=known.host,
        port=known.port,
        name=NAME,
        user=known.user,
        password=known.password,
        tls=False,
        source="the environment",
    )
    applied = read_migrations_of(*history)
    done = {each.file.path for each in applied}
    named = {
        name: path.read_text()
        for name, path in release_files(live).items()
        if name.startswith("statements/")
    }
    blue, _ = read_statements(named)
    with connect(login, Deadline.of(None)) as session:
        return judge_migrations(
            session,
            history=applied,
            pending=[each for each in read_migrations_of(*pending) if each.file.path not in done],
            statements=blue,
            role=APP,
            mode="shared",
            deadline=Deadline.of(None),
        )


def read_migrations_of(version, part):
    files = release_files(version)
    texts = {
        name: files[name].read_text() for name in sorted(files) if name.endswith(f".{part}.sql")
    }
    return [
        Migration(parse_migration_path(path), split(path, text), text)
        for path, text in texts.items()
    ]


def test_the_index_of_1_1_0_is_valid(environment, secrets):
    migrate(environment, secrets, "1.1.0")
    with log_in(environment, secrets.app) as connection:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_by_channel'::regclass"
        assert connection.run(valid) == [[True]]


def test_orders_of_before_1_1_0_and_those_that_1_0_0_still_places_get_a_channel(
    environment, secrets
):
    path = "migrations/0002_channel.backfill.sql"
    backfill = read_backfill(
        parse_migration_path(path), Path(release_files("1.1.0")[path]).read_text()
    )
    place = "INSERT INTO orders (id, sku, quantity) VALUES (gen_random_uuid(), 'mug-2', 1)"
    migrate(environment, secrets, "1.0.0")
    with log_in(environment, secrets.app) as connection:
        connection.run(place)
    migrate(environment, secrets, "1.1.0", after="1.0.0")
    with log_in(environment, secrets.app) as connection:
        connection.run(place)
        assert connection.run("SELECT channel FROM orders ORDER BY placed_at") == [[None], ["web"]]
    keys = (f"'{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}'" for digit in "0f")
    with log_in(environment, secrets.migrator) as connection:
        connection.run(backfill.keyset.bound(*keys, first=True))
        assert connection.run("SELECT DISTINCT channel FROM orders") == [["web"]]


@pytest.mark.parametrize(
    "change", ["ALTER TABLE orders ADD COLUMN x text", "CREATE TABLE x ()", "DELETE FROM orders"]
)
def test_the_code_s_role_changes_no_schema_and_deletes_nothing(environment, secrets, change):
    migrate(environment, secrets, "1.0.0")
    with (
        log_in(environment, secrets.app) as connection,
        pytest.raises(DatabaseError, match="42501"),
    ):
        connection.run(change)


def test_preparing_again_keeps_the_orders_and_the_secrets_names(environment, secrets):
    migrate(environment, secrets, "1.0.0")
    with log_in(environment, secrets.app) as connection:
        place = "INSERT INTO orders (id, sku, quantity) VALUES (:id, 'mug-2', 1)"
        connection.run(place, id=str(uuid.uuid4()))
    assert prepare_database(environment) == secrets
    with log_in(environment, secrets.app) as connection:
        assert connection.run("SELECT count(*) FROM orders") == [[1]]


class TestTheCodesConnection:
    @pytest.fixture
    def database(self, environment, secrets, release, monkeypatch):
        migrate(environment, secrets, "1.0.0")
        for name, value in environment.variables().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DATABASE_SECRET", secrets.app)
        return release("api", "1.0.0")["database"]

    def test_a_statement_that_runs_twice_stores_once(self, database):
        key = str(uuid.uuid4())
        for _ in range(2):
            database.run("place_order", key, "mug-2", 3, False)
        assert database.run("confirm_order", key) == database.run("confirm_order", key)
        assert [list(map(str, row)) for row in database.run("find_order", key)] == [
            [key, "mug-2", "3", "confirmed"]
        ]

    def test_a_connection_that_the_server_closed_is_replaced(self, environment, database):
        database.run("health")
        with superuser(environment) as connection:
            ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'orders_app'"
            assert connection.run(ended) == [[True]]
        assert database.run("health") == [[1]]

    def test_a_password_that_was_changed_is_read_again(self, environment, database):
        database.run("health")
        prepare_database(environment)
        with superuser(environment) as connection:
            connection.run(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'orders_app'"
            )
        assert database.run("health") == [[1]]

    def test_what_the_database_refuses_is_raised(self, database):
        with pytest.raises(DatabaseError, match="23514"):
            database.run("place_order", str(uuid.uuid4()), "mug-2", 0, False)
        assert database.run("health") == [[1]]


def test_an_environment_without_a_database_is_refused():
    with embedded(database=False) as bare, pytest.raises(ValueError, match="no database"):
        prepare_database(bare)
