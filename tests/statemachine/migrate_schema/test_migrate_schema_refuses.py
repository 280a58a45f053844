"""What MigrateSchema says when the database is away, refuses it, or refuses a statement."""

import datetime as dt
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pg8000.native import Connection

from handlers.adapters.database import postgres
from handlers.errors import GreenshiftError, MigrationFailed, TransientDatabase
from infra.local.postgres import free_port

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL);\n"
FILES = {"0001_orders.expand.sql": ORDERS}
WRONG = "the-wrong-password"


def refused(lab: Any, error: type[GreenshiftError], files: dict[str, Any] | None = None) -> str:
    """The sentence with which the migration ends; no password is in it."""
    with pytest.raises(error) as raised:
        lab.migrate(files or FILES)
    for secret in (lab.database.password, WRONG):
        assert secret not in str(raised.value)
    return str(raised.value)


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on a port of its own, each connection handled in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                answer(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_database_that_is_down_is_a_transient_error_that_names_it(lab: Any) -> None:
    port = free_port()
    lab.login(port=port)
    assert refused(lab, TransientDatabase).startswith(
        f"127.0.0.1:{port}/{lab.service} cannot be reached: "
    )


def test_a_database_that_starts_up_is_a_transient_error(lab: Any) -> None:
    fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"

    def starting(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)

    with server(starting) as port:
        lab.login(port=port)
        assert refused(lab, TransientDatabase).endswith("the database system is starting up")


def test_a_paused_database_that_does_not_answer_in_time_is_a_transient_error(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 0.3)
    with server(lambda connection: [connection.recv(1024) for _ in range(2)] and None) as port:
        lab.login(port=port)
        assert "broke off the login" in refused(lab, TransientDatabase)


def test_a_server_that_goes_down_in_mid_statement_is_a_transient_error_and_nothing_is_lost(
    lab: Any,
) -> None:
    slow = {**FILES, "0002_slow.expand.sql": "SELECT pg_sleep(60)"}
    with ThreadPoolExecutor(1) as pool:
        migrating = pool.submit(lab.migrate, slow)
        lab.poll(
            lambda: lab.value(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE state = 'active' AND query = 'SELECT pg_sleep(60)' "
                f"AND datname = '{lab.service}'"
            )
        )
        with pytest.raises(TransientDatabase, match="the connection was lost"):
            migrating.result(30)
    assert lab.statements("name", "state") == [["orders", "done"]]


def test_a_role_with_no_connection_left_is_a_transient_error(lab: Any) -> None:
    lab.ask(f"CREATE ROLE {lab.service} LOGIN PASSWORD '{WRONG}' CONNECTION LIMIT 0")
    lab.login(username=lab.service, password=WRONG)
    assert "too many connections for role" in refused(lab, TransientDatabase)


def test_a_wrong_password_names_user_database_and_secret(lab: Any) -> None:
    lab.login(password=WRONG)
    sentence = refused(lab, MigrationFailed)
    assert (
        f"127.0.0.1:{lab.database.port}/{lab.service} refused the login of postgres by the secret arn:"
        in sentence
    )
    assert "password authentication failed" in sentence


def test_a_database_that_does_not_exist_is_named(lab: Any) -> None:
    lab.login(dbname="nowhere")
    assert 'database "nowhere" does not exist' in refused(lab, MigrationFailed)


def test_a_failing_statement_is_named_by_file_and_line_and_what_stood_before_it_stays(
    lab: Any,
) -> None:
    broken = (
        ORDERS
        + "ALTER TABLE orders\n  ADD COLUMN a int,\n  ADD COLUMN a int;\nCREATE TABLE after ();"
    )
    assert refused(lab, MigrationFailed, {"0002_x.expand.sql": broken}) == (
        'migrations/0002_x.expand.sql:2: column "a" of relation "orders" already exists (SQLSTATE 42701)'
    )
    assert lab.statements("number", "state") == [[1, "done"], [2, "failed"]]
    assert lab.value("SELECT to_regclass('after') IS NULL")
    mended = broken.replace("  ADD COLUMN a int,\n", "")
    answer = lab.migrate({"0002_x.expand.sql": mended})
    assert (answer["statements"], answer["applied"]) == (2, ["0002_x"])


def test_the_line_is_that_of_the_error_where_postgresql_knows_it(lab: Any) -> None:
    sentence = refused(lab, MigrationFailed, {"0001_x.expand.sql": "\nSELECT 1,\n  nothing;"})
    assert sentence.startswith('migrations/0001_x.expand.sql:3: column "nothing" does not exist')


def test_a_constraint_that_is_checked_at_the_commit_fails_its_statement(lab: Any) -> None:
    files = {
        "0001_x.expand.sql": "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);"
    }
    assert "0001_x.expand.sql:2: duplicate key value" in refused(lab, MigrationFailed, files)
    assert lab.value("SELECT count(*) FROM t") == 0


def test_a_role_that_may_not_make_the_ledger_is_told_the_grant(lab: Any) -> None:
    lab.ask(f"CREATE ROLE {lab.service} LOGIN PASSWORD '{WRONG}'")
    lab.login(username=lab.service, password=WRONG)
    assert f'run: GRANT CREATE ON DATABASE {lab.service} TO "{lab.service}"' in refused(
        lab, MigrationFailed
    )


def test_a_role_that_does_not_own_the_table_is_told_the_grant(lab: Any) -> None:
    lab.ask(ORDERS)
    lab.ask(
        f"CREATE ROLE {lab.service} LOGIN PASSWORD '{WRONG}';"
        f"GRANT CREATE ON DATABASE {lab.service} TO {lab.service}"
    )
    lab.login(username=lab.service, password=WRONG)
    sentence = refused(
        lab, MigrationFailed, {"0001_x.expand.sql": "ALTER TABLE orders ADD note text"}
    )
    assert sentence == (
        "migrations/0001_x.expand.sql:1: must be owner of table orders (SQLSTATE 42501); "
        f'run: GRANT <owner of table orders> TO "{lab.service}"'
    )


class Pooler:
    """A pooler as PgBouncer in its transaction mode: the server process that was used last is handed out first."""

    def __init__(self, lab: Any) -> None:
        database = lab.database
        self.processes: list[socket.socket] = []
        self.kept = []
        for _ in range(4):
            transport = socket.create_connection((database.host, database.port))
            self.kept.append(
                Connection(
                    database.user,
                    password=database.password,
                    database=database.name,
                    sock=transport,
                    ssl_context=False,
                )
            )
            self.processes.append(transport)

    def serve(self, client: socket.socket) -> None:
        (length,) = struct.unpack("!i", _read(client, 4))
        _read(client, length - 4)
        client.sendall(
            b"R" + struct.pack("!ii", 8, 0) + b"K" + struct.pack("!iii", 12, 1, 1) + b"Z\0\0\0\5I"
        )
        process = None
        try:
            while True:
                kind, message = _message(client)
                if kind == b"X":
                    return
                process = process or self.processes.pop()
                process.sendall(message)
                if kind in b"QS" and self._answer(process, client) == b"I":
                    self.processes.append(process)
                    process = None
        finally:
            if process:
                process.close()

    @staticmethod
    def _answer(process: socket.socket, client: socket.socket) -> bytes:
        while True:
            kind, message = _message(process)
            client.sendall(message)
            if kind == b"Z":
                return message[5:]

    def close(self) -> None:
        for connection, process in zip(self.kept, list(self.processes), strict=False):
            with suppress(Exception):
                connection.close()
            process.close()


def _read(transport: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = transport.recv(size - len(found))
        if not more:
            raise OSError("closed")
        found += more
    return found


def _message(transport: socket.socket) -> tuple[bytes, bytes]:
    head = _read(transport, 5)
    return head[:1], head + _read(transport, struct.unpack("!i", head[1:])[0] - 4)


def test_a_pooler_in_between_is_refused(lab: Any) -> None:
    pooler = Pooler(lab)
    try:
        with server(pooler.serve) as port:
            lab.login(port=port)
            sentence = refused(lab, MigrationFailed)
    finally:
        pooler.close()
    assert "is a pooler that shares server processes" in sentence
    assert "give the migrator the endpoint of the writer itself" in sentence
    assert lab.value("SELECT to_regnamespace('greenshift') IS NULL")


def certificate(folder: Path, name: str) -> Path:
    """A certificate for `name` that nobody has signed but itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def with_tls(lab: Any, path: Path) -> Iterator[int]:
    """The database behind TLS, ended by a server of our own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def serve(plain: socket.socket) -> None:
        assert _read(plain, 8) == struct.pack("!ii", 8, 80877103)
        plain.sendall(b"S")
        behind = socket.create_connection((lab.database.host, lab.database.port))
        with behind, context.wrap_socket(plain, server_side=True) as client:
            threading.Thread(target=pump, args=(behind, client), daemon=True).start()
            pump(client, behind)

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)

    with server(serve) as port:
        yield port


def test_tls_is_verified_against_the_named_authorities(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, "localhost")
    with with_tls(lab, path) as port:
        lab.login(host="localhost", port=port, sslmode=None)
        untrusted = refused(lab, MigrationFailed)
        monkeypatch.setenv("GREENSHIFT_DATABASE_CA", str(path))
        assert lab.migrate(FILES)["next"] == "done"
        lab.login(host="127.0.0.1", port=port, sslmode="require")
        assert "its certificate is not to be trusted (IP address mismatch" in refused(
            lab, MigrationFailed
        )
    assert "its certificate is not to be trusted (self-signed certificate)" in untrusted
    assert "let GREENSHIFT_DATABASE_CA name a file" in untrusted


def test_a_server_without_tls_is_refused_unless_the_secret_says_so(lab: Any) -> None:
    lab.login(sslmode=None)
    assert "offers no TLS" in refused(lab, MigrationFailed)


def test_tls_cannot_be_turned_off_for_another_machine(lab: Any) -> None:
    lab.login(host="db.example.com")
    assert "turns TLS off for db.example.com, which is another machine" in refused(
        lab, MigrationFailed
    )


def test_a_file_of_no_certificates_is_named(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.pem").write_text("")
    monkeypatch.setenv("GREENSHIFT_DATABASE_CA", str(tmp_path / "empty.pem"))
    lab.login(sslmode=None)
    assert "empty.pem, which holds no certificates" in refused(lab, MigrationFailed)
