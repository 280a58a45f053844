"""How the migrator logs in, and what it says of servers and refusals."""

import json
from typing import Any

import pytest

from handlers.adapters.database.secrets import find_login, has_database
from handlers.adapters.database.session import judge_server
from handlers.domain.schema.sqlstate import lock_was_busy, passes, remedy
from handlers.errors import MigrationFailed

ARN = "arn:aws:secretsmanager:eu-west-1:1:secret:orders"
RDS = {
    "engine": "postgres",
    "host": "db.example",
    "port": 5433,
    "username": "u",
    "password": "p",
    "dbname": "orders",
}


class Aws:
    """Secrets Manager with one secret, and RDS that signs."""

    def __init__(self, text: str | None) -> None:
        self.text, self.signed = text, {}

    def get_secret_value(self, **request: Any) -> dict[str, Any]:
        assert request == {"SecretId": ARN}
        return {} if self.text is None else {"SecretString": self.text}

    def generate_db_auth_token(self, **request: Any) -> str:
        self.signed = request
        return "token"


def login(secret: Any, **environment: str) -> Any:
    text = secret if isinstance(secret, str) or secret is None else json.dumps(secret)
    return find_login({"GREENSHIFT_DATABASE_SECRET": ARN, **environment}, lambda _: Aws(text))


def test_a_secret_as_rds_writes_it() -> None:
    found = login(RDS)
    assert (found.host, found.port, found.name, found.user, found.password) == (
        "db.example",
        5433,
        "orders",
        "u",
        "p",
    )
    assert found.tls
    assert found.place == "db.example:5433/orders"
    assert "password" not in repr(found)


def test_the_environment_fills_in_what_a_secret_that_rds_manages_has_not() -> None:
    found = login(
        {"username": "u", "password": "p"},
        GREENSHIFT_DATABASE_HOST="writer",
        GREENSHIFT_DATABASE_PORT="6000",
        GREENSHIFT_DATABASE_NAME="orders",
    )
    assert found.place == "writer:6000/orders"


def test_an_iam_token_is_made_for_host_port_and_user_and_needs_tls() -> None:
    aws = Aws(None)
    environment = {
        "GREENSHIFT_DATABASE_HOST": "writer",
        "GREENSHIFT_DATABASE_NAME": "orders",
        "GREENSHIFT_DATABASE_USER": "migrator",
    }
    found = find_login(environment, lambda _: aws)
    assert aws.signed == {"DBHostname": "writer", "Port": 5432, "DBUsername": "migrator"}
    assert (found.password, found.tls) == ("token", True)


@pytest.mark.parametrize(
    ("environment", "there"),
    [
        ({}, False),
        ({"GREENSHIFT_DATABASE_SECRET": ""}, False),
        ({"GREENSHIFT_DATABASE_SECRET": ARN}, True),
        ({"GREENSHIFT_DATABASE_HOST": "writer"}, True),
    ],
)
def test_a_service_has_a_database_when_its_migrator_was_given_one(
    environment: dict[str, str], there: bool
) -> None:
    assert has_database(environment) is there


BAD = [
    ("not JSON", "is not the JSON object that RDS writes"),
    ("[]", "is not the JSON object that RDS writes"),
    (None, "is not the JSON object that RDS writes"),
    ({}, "has no host, dbname, username, password"),
    ({**RDS, "engine": "mysql"}, "is of the engine mysql, not of PostgreSQL"),
    ({**RDS, "password": ""}, "has no password"),
    ({**RDS, "port": "many"}, "the database's port is many"),
    ({**RDS, "port": 70000}, "the database's port is 70000"),
    ({**RDS, "sslmode": "disable"}, "turns TLS off for db.example"),
]


@pytest.mark.parametrize(("secret", "sentence"), BAD)
def test_a_bad_secret_is_named_and_not_shown(secret: Any, sentence: str) -> None:
    with pytest.raises(MigrationFailed) as raised:
        login(secret)
    assert sentence in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_tls_may_be_turned_off_on_this_machine(host: str) -> None:
    assert not login({**RDS, "host": host, "sslmode": "disable"}).tls


def test_half_an_iam_login_names_what_is_missing() -> None:
    with pytest.raises(
        MigrationFailed, match="has no GREENSHIFT_DATABASE_NAME, GREENSHIFT_DATABASE_USER"
    ):
        find_login({"GREENSHIFT_DATABASE_HOST": "writer"}, lambda _: Aws(None))


def test_old_servers_and_readers_are_refused() -> None:
    judge_server("db", 130000, reads_only=False)
    with pytest.raises(MigrationFailed, match="db is PostgreSQL 12; upgrade it to 13 or later"):
        judge_server("db", 120018, reads_only=False)
    with pytest.raises(
        MigrationFailed, match="db only reads; give the migrator the writer's endpoint"
    ):
        judge_server("db", 180000, reads_only=True)


REMEDIES = [
    (
        "42501",
        "permission denied for schema public",
        '; run: GRANT USAGE, CREATE ON SCHEMA public TO "u"',
    ),
    (
        "42501",
        "permission denied for database my-db",
        '; run: GRANT CREATE ON DATABASE "my-db" TO "u"',
    ),
    ("42501", "permission denied for table orders", '; run: GRANT ALL ON TABLE orders TO "u"'),
    ("42501", "permission denied for view seen", '; run: GRANT ALL ON TABLE seen TO "u"'),
    ("42501", "permission denied for sequence ids", '; run: GRANT ALL ON SEQUENCE ids TO "u"'),
    ("42501", "permission denied for function f", '; run: GRANT EXECUTE ON FUNCTION f TO "u"'),
    ("42501", "must be owner of table orders", '; run: GRANT <owner of table orders> TO "u"'),
    (
        "42501",
        'permission denied to create extension "x"',
        '; run the GRANT that gives "u" this right',
    ),
    ("42P01", 'relation "x" does not exist', ""),
]


@pytest.mark.parametrize(("code", "message", "end"), REMEDIES)
def test_a_missing_privilege_names_its_grant(code: str, message: str, end: str) -> None:
    assert remedy(code, message, "u") == end


@pytest.mark.parametrize(("code", "busy", "away"), [
    ("55P03", True, False), ("40P01", True, False), ("40001", True, False),
    ("57P03", False, True), ("08006", False, True), ("53300", False, True), ("25P03", False, True),
    ("57014", False, False), ("42601", False, False), ("53100", False, False),
])  # fmt: skip
def test_what_passes_by_itself_is_tried_again_and_nothing_else(
    code: str, busy: bool, away: bool
) -> None:
    assert (lock_was_busy(code), passes(code)) == (busy, away)
