"""What the RDS Data API says and takes: refusals as text, settings for one transaction, values."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.adapters.database.data_api.errors import in_our_words
from handlers.adapters.database.data_api.values import rows_of, with_parameters
from handlers.adapters.database.secrets import Cluster, find_login, has_database
from handlers.adapters.database.session import Refused
from handlers.domain.schema.data_api_words import refusal
from handlers.domain.schema.local_settings import local_setting
from handlers.domain.schema.table_locks import locks_a_table
from handlers.errors import MigrationFailed, TransientDatabase

CLUSTER = Cluster(
    arn="arn:aws:rds:eu-west-1:123456789012:cluster:shop",
    secret="arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop",
    name="orders",
    user="migrator",
)

REFUSALS = [
    (
        'ERROR: relation "x" does not exist\n  Position: 15; SQLState: 42P01',
        {"C": "42P01", "M": 'relation "x" does not exist', "P": "15"},
    ),
    (
        'ERROR: relation "x" does not exist; Position: 15; SQLState: 42P01',
        {"C": "42P01", "M": 'relation "x" does not exist', "P": "15"},
    ),
    (
        'ERROR: relation "x" does not exist\n  Position: 15',
        {"C": "XX000", "M": 'relation "x" does not exist', "P": "15"},
    ),
    (
        'ERROR: duplicate key value violates unique constraint "pk"\n'
        "  Detail: Key (note)=(; SQLState: 40P01 Position: 3) already exists.; SQLState: 23505",
        {"C": "23505", "M": 'duplicate key value violates unique constraint "pk"'},
    ),
    (
        'FATAL: password authentication failed for user "x"; SQLState: 28P01',
        {"C": "28P01", "M": 'password authentication failed for user "x"'},
    ),
    (
        "Database error: ERROR: two\nlines; SQLState: P0001",
        {"C": "P0001", "M": "two\nlines"},
    ),
    ("ERROR: canceling statement due to lock timeout", {"C": "55P03", "M": "canceling statement due to lock timeout"}),
    ("ERROR: VACUUM cannot run inside a transaction block", {"C": "25001", "M": "VACUUM cannot run inside a transaction block"}),
    ("ERROR: permission denied for schema public", {"C": "42501", "M": "permission denied for schema public"}),
    ("Transaction abc is not found", None),
    ("Cannot find parameter: n", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "fields"), REFUSALS)
def test_code_message_and_position_are_read_from_either_form(said: str, fields: Any) -> None:
    assert refusal(said) == fields


def error(code: str, message: str = "said so", status: int = 400) -> Any:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return in_our_words(ClientError(answer, "ExecuteStatement"), CLUSTER)  # type: ignore[arg-type]


PASSES = [
    ("DatabaseResumingException", "said so", 400, "it is paused and resumes"),
    ("DatabaseUnavailableException", "", 504, "its writer is not available"),
    ("ServiceUnavailableError", "", 503, "ServiceUnavailableError"),
    ("InternalServerErrorException", "", 500, "InternalServerErrorException"),
    ("InvalidResourceStateException", "said so", 400, "start it if it is stopped"),
    ("TransactionNotFoundException", "said so", 404, "the transaction was ended before"),
    ("ThrottlingException", "said so", 400, "ThrottlingException"),
    ("BadRequestException", "Transaction abc Is Not Found", 400, "Transaction abc Is Not Found"),
    ("DatabaseErrorException", "Transaction is still running a query", 400, "is still running"),
    ("BadRequestException", "Communications link failure", 400, "Communications link failure"),
    ("DatabaseErrorException", "FATAL: the database system is starting up; SQLState: 57P03", 400, "starting up"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "message", "status", "sentence"), PASSES)
def test_what_passes_is_transient_and_names_the_cluster(
    code: str, message: str, status: int, sentence: str
) -> None:
    found = error(code, message, status)
    assert type(found) is TransientDatabase
    assert str(found).startswith("cluster shop/orders: ")
    assert sentence in str(found)


MENDS = [
    ("AccessDeniedException", 403, "allow the migrator's role rds-data on the cluster"),
    ("ForbiddenException", 403, "secretsmanager:GetSecretValue on the secret"),
    ("HttpEndpointNotEnabledException", 400, "turn the Data API on at the cluster"),
    ("SecretsErrorException", 400, "see that the secret exists"),
    ("InvalidSecretException", 400, "give the secret a username and a password"),
    ("DatabaseNotFoundException", 404, "add a DB instance to the cluster"),
    ("NotFoundException", 404, "correct the ARN"),
]


@pytest.mark.parametrize(("code", "status", "what_to_do"), MENDS)
def test_what_a_person_must_mend_says_how(code: str, status: int, what_to_do: str) -> None:
    found = error(code, status=status)
    assert type(found) is MigrationFailed
    assert str(found).startswith(f"cluster shop/orders: {code}: said so; ")
    assert what_to_do in str(found)


def test_what_the_database_refuses_is_a_refusal() -> None:
    assert error("StatementTimeoutException").code == "57014"
    assert error("UnsupportedResultException").code == "0A000"
    assert error("BadRequestException", "ERROR: no; SQLState: 42P01").code == "42P01"
    unknown = error("ValidationException", "Multistatements aren't supported")
    assert isinstance(unknown, Refused)
    assert unknown.message == "ValidationException: Multistatements aren't supported"


@pytest.mark.parametrize(
    "said",
    [
        "Database returned more than the allowed response size limit",
        "Database Response Exceeded Size Limit",
        "Packet for query is too large",
    ],
)
def test_a_result_that_is_too_big_is_refused_in_all_of_its_words(said: str) -> None:
    assert "does not bring its result" in error("DatabaseErrorException", said).message


def test_a_refused_login_names_user_and_secret() -> None:
    found = error("DatabaseErrorException", "FATAL: no; SQLState: 28P01")
    assert str(found) == (
        f"cluster shop/orders refused the login of migrator by the secret {CLUSTER.secret}: no; "
        "correct it"
    )


SETTINGS = [
    ("SET search_path = shop, public", "SET LOCAL search_path = shop, public", True),
    ("set /* x */ search_path to shop", "SET LOCAL search_path to shop", True),
    ("SET SESSION search_path = shop", "SET LOCAL search_path = shop", True),
    ("SET SESSION AUTHORIZATION bob", "SET LOCAL SESSION AUTHORIZATION bob", True),
    ("SET SESSION SESSION AUTHORIZATION bob", "SET LOCAL SESSION AUTHORIZATION bob", True),
    ("SET ROLE owner", "SET LOCAL ROLE owner", True),
    ("SET TIME ZONE 'UTC'", "SET LOCAL TIME ZONE 'UTC'", True),
    ("SET LOCAL search_path = shop", "SET LOCAL search_path = shop", False),
    ("SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS ALL DEFERRED", False),
    ("RESET shop.flag", "SET LOCAL shop.flag TO DEFAULT", True),
    ("RESET ROLE", "SET LOCAL ROLE NONE", True),
    ("RESET SESSION AUTHORIZATION", "SET LOCAL SESSION AUTHORIZATION DEFAULT", True),
    ("RESET TIME ZONE", "SET LOCAL TIME ZONE DEFAULT", True),
    ("RESET ALL", "", False),
]


@pytest.mark.parametrize(("sql", "local", "lasts"), SETTINGS)
def test_a_setting_is_made_for_one_transaction(sql: str, local: str, lasts: bool) -> None:
    found = local_setting(sql)
    assert found is not None
    assert (found.sql, found.lasts, found.forgets) == (local, lasts, sql == "RESET ALL")


def test_time_outs_are_known_as_such_and_characteristics_have_no_local_form() -> None:
    for sql in ("SET lock_timeout = 1", "SET SESSION statement_timeout TO 0", "RESET lock_timeout"):
        assert local_setting(sql).bounds  # type: ignore[union-attr]
    assert not local_setting("SET work_mem = '1GB'").bounds  # type: ignore[union-attr]
    assert local_setting("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY") is None


@pytest.mark.parametrize(
    ("sql", "locks"),
    [
        ("VACUUM orders", False),
        ("VACUUM (FULL, ANALYZE) orders", True),
        ("vacuum full", True),
        ("CLUSTER", True),
        ("REINDEX TABLE parts", True),
        ("REINDEX TABLE CONCURRENTLY orders", False),
        ("CREATE INDEX CONCURRENTLY i ON orders (item)", False),
        ("CREATE DATABASE more", False),
    ],
)
def test_statements_that_lock_a_table_are_known(sql: str, locks: bool) -> None:
    assert locks_a_table(sql) is locks


def test_parameters_are_sent_by_their_type_and_nothing_as_null() -> None:
    text, fields = with_parameters(
        "SELECT :a, :b::int, :ab, :c, :d", {"a": None, "b": 1, "ab": "x", "c": True, "d": 1.5}
    )
    assert text == "SELECT NULL, :b::int, :ab, :c, :d"
    assert fields == [
        {"name": "b", "value": {"longValue": 1}},
        {"name": "ab", "value": {"stringValue": "x"}},
        {"name": "c", "value": {"booleanValue": True}},
        {"name": "d", "value": {"doubleValue": 1.5}},
    ]


def test_rows_come_as_python_has_them() -> None:
    record = [{"isNull": True}, {"longValue": 1}, {"booleanValue": False}, {"stringValue": "x"}]
    assert rows_of({"records": [record]}) == [[None, 1, False, "x"]]
    assert rows_of({"numberOfRecordsUpdated": 1}) == []


class Secrets:
    def __init__(self, text: str) -> None:
        self.text = text

    def get_secret_value(self, **request: Any) -> dict[str, Any]:
        return {"SecretString": self.text}


def test_a_cluster_in_the_environment_is_reached_by_the_data_api() -> None:
    environment = {
        "GREENSHIFT_DATABASE_CLUSTER": CLUSTER.arn,
        "GREENSHIFT_DATABASE_SECRET": CLUSTER.secret,
        "GREENSHIFT_DATABASE_NAME": "orders",
    }
    secret = Secrets('{"username": "migrator", "password": "p", "dbname": "other"}')
    assert has_database(environment)
    assert find_login(environment, lambda _: secret) == CLUSTER
    with pytest.raises(MigrationFailed, match="has no username; add it"):
        find_login(environment, lambda _: Secrets("{}"))
    del environment["GREENSHIFT_DATABASE_NAME"]
    with pytest.raises(MigrationFailed, match="has no GREENSHIFT_DATABASE_NAME; set it"):
        find_login(environment, lambda _: secret)
