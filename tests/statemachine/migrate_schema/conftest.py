"""One PostgreSQL and one S3 for the session; for each test a service with a database of its own."""

import hashlib
import io
import json
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pg8000.native import Connection

from handlers import migrate_schema
from handlers.adapters import aws
from handlers.adapters.tools import Tools
from handlers.gating import in_deployment
from infra.local.environment import Environment, embedded

sys.path.insert(0, str(Path(__file__).parent))

from data_api_server import serving
from fake_data_api import FakeDataApi

BUCKET = "artifacts"


@dataclass(frozen=True)
class Clock:
    """A Lambda context with so many seconds left, always."""

    seconds: float

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class Lab:
    """A service, its database, its secret, and its releases."""

    def __init__(self, environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
        self.environment, self.monkeypatch = environment, monkeypatch
        self.service = f"s{uuid.uuid4().hex[:10]}"
        self.database = replace(environment.database, name=self.service)
        self.token = 0
        self.secrets: dict[str, dict[str, Any]] = {}
        with self.connection("postgres") as connection:
            connection.run(f"CREATE DATABASE {self.service}")
        self.arn = self.secret()
        self.variables = {
            "GREENSHIFT_SERVICE": self.service,
            "GREENSHIFT_BUCKET": BUCKET,
            "GREENSHIFT_DATABASE_SECRET": self.arn,
        }
        for name, value in {**environment.variables(), **self.variables}.items():
            monkeypatch.setenv(name, value)

    @contextmanager
    def by_data_api(self) -> Iterator[None]:
        """The migrator reaches the database through a Data API, `self.api`, from now on."""
        self.api = FakeDataApi(self.with_secret)
        with serving(self.api) as url:
            more = {
                "AWS_ENDPOINT_URL_RDS_DATA": url,
                "GREENSHIFT_DATABASE_CLUSTER": f"arn:aws:rds:eu-west-1:000000000000:cluster:{self.service}",
                "GREENSHIFT_DATABASE_NAME": self.service,
            }
            self.variables |= more
            for name, value in more.items():
                self.monkeypatch.setenv(name, value)
            yield

    def with_secret(self, arn: str, database: str) -> Connection:
        """A connection such as the Data API makes: the host is the cluster's, the rest the secret's."""
        found = self.secrets[arn]
        return Connection(
            found["username"],
            password=found["password"],
            host=self.database.host,
            port=self.database.port,
            database=database,
            ssl_context=False,
        )

    @contextmanager
    def connection(self, name: str | None = None, **options: Any) -> Iterator[Connection]:
        """As the superuser, outside Greenshift."""
        database = self.database
        connection = Connection(
            options.pop("user", database.user),
            password=options.pop("password", database.password),
            host=database.host,
            port=database.port,
            database=name or database.name,
            ssl_context=False,
            **options,
        )
        try:
            yield connection
        finally:
            connection.close()

    def ask(self, sql: str) -> list[list[Any]]:
        with self.connection() as connection:
            return connection.run(sql) or []

    def value(self, sql: str) -> Any:
        return self.ask(sql)[0][0]

    def secret(self, **changes: Any) -> str:
        """A new secret in the form that RDS writes, with `changes`."""
        database = self.database
        document = {
            "engine": "postgres",
            "host": database.host,
            "port": database.port,
            "username": database.user,
            "password": database.password,
            "dbname": self.service,
            "sslmode": "disable",
            **changes,
        }
        made = self.environment.client("secretsmanager").create_secret(
            Name=f"{self.service}-{uuid.uuid4().hex[:8]}",
            SecretString=json.dumps({k: v for k, v in document.items() if v is not None}),
        )
        arn = str(made["ARN"])
        self.secrets[arn] = document
        return arn

    def login(self, **changes: Any) -> None:
        """The migrator's secret is another one from now on."""
        self.monkeypatch.setenv("GREENSHIFT_DATABASE_SECRET", self.secret(**changes))

    def event(self, files: Mapping[str, str | bytes], **changes: Any) -> dict[str, Any]:
        """The document of a new deployment whose bundle has these migrations."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("release.toml", "")
            for name, text in files.items():
                archive.writestr(f"migrations/{name}", text)
        body = buffer.getvalue()
        key = f"releases/{self.service}/{uuid.uuid4().hex[:8]}.zip"
        stored = self.environment.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        self.token += 1
        deployment = {
            "id": f"{self.service}-{self.token}",
            "service": self.service,
            "release": "1.0.0",
            "digest": "",
            "token": self.token,
            "registrationVersion": 1,
            "functions": {},
            "bundle": {
                "bucket": BUCKET,
                "key": key,
                "version": stored["VersionId"],
                "digest": f"sha256:{hashlib.sha256(body).hexdigest()}",
            },
            "blueBundle": None,
            "shiftPlan": "all-at-once",
            "steps": 1,
            "note": "",
            "next": "provisionGreen",
            "answer": None,
        }
        return {
            "service": self.service,
            "execution": f"arn:aws:states:eu-west-1:0:execution:greenshift-{self.service}:{self.token}",
            "startedAt": "2026-01-01T00:00:00.000Z",
            "request": {},
            "deployment": {**deployment, **changes},
        }

    def migrate(self, files: Mapping[str, str | bytes], **changes: Any) -> dict[str, Any]:
        """A new deployment's MigrateSchema, called as Lambda calls it."""
        return self.call(self.event(files, **changes))

    def call(self, event: Mapping[str, Any], seconds: float = 840) -> dict[str, Any]:
        return migrate_schema.handler(event, Clock(seconds))

    def statements(self, *columns: str) -> list[list[Any]]:
        """The statement ledger."""
        chosen = ", ".join(columns)
        return self.ask(f"SELECT {chosen} FROM greenshift.statements ORDER BY version, number")

    @staticmethod
    def poll(look: Callable[[], Any], seconds: float = 20) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := look():
                return found
            time.sleep(0.02)
        raise AssertionError(f"not seen within {seconds} s")


@pytest.fixture(scope="session")
def environment() -> Iterator[Environment]:
    with embedded(instant=True) as environment:
        s3 = environment.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield environment


@pytest.fixture
def lab(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Lab]:
    """A lab of the runner alone: its migrations are what they are, and nobody judges them. By
    PostgreSQL's protocol, or by the transport that a module's parameter names."""
    monkeypatch.setattr(in_deployment, "accept", lambda *_: "gate: not in this lab")
    yield from _lab(environment, monkeypatch, getattr(request, "param", "wire"))


@pytest.fixture
def gated(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Lab]:
    """A lab in which the gate judges before anything is applied."""
    yield from _lab(environment, monkeypatch, getattr(request, "param", "wire"))


def _lab(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, transport: str
) -> Iterator[Lab]:
    lab = Lab(environment, monkeypatch)
    monkeypatch.setattr(migrate_schema, "tools", Tools())
    aws.client.cache_clear()
    with ExitStack() as stack:
        if transport == "data API":
            stack.enter_context(lab.by_data_api())
        yield lab
    # A server with hundreds of databases takes minutes to be removed.
    with lab.connection("postgres") as connection:
        connection.run(f"DROP DATABASE IF EXISTS {lab.service} WITH (FORCE)")
    aws.client.cache_clear()
