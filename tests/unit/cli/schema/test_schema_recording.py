"""Statements recorded from a running database, and the URL that leads to it."""

import pytest

from handlers.adapters.schema_gate.running_statements import name_of
from infra.cli.exits import Complaint
from infra.cli.schema.database_url import login_of


def test_a_name_says_what_the_statement_does_and_is_its_own() -> None:
    one = name_of("SELECT id, email FROM users WHERE id = $1")
    other = name_of("SELECT id, email FROM users WHERE id = $1 LIMIT 1")
    assert one.startswith("select_id_email_users_")
    assert one != other


def test_a_url_is_a_login_with_tls_but_on_this_machine() -> None:
    login = login_of("postgresql://me:p%40ss@db.example:6543/orders", 2)
    assert (login.host, login.port, login.name) == ("db.example", 6543, "orders")
    assert (login.user, login.password, login.tls) == ("me", "p@ss", True)
    assert not login_of("postgres://me@127.0.0.1/orders", 2).tls


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:secret@db/orders",
        "postgresql://db/orders",
        "orders",
        "postgresql://me:secret@db:port/x",
        "postgresql://me:secret@db.example/x?sslmode=disable",
    ],
)
def test_another_url_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(Complaint) as refused:
        login_of(url, 2)
    assert refused.value.code == 2
    assert "secret" not in refused.value.sentence
