"""For each test, on the emulator of all state machine tests, a service with a table and a claim of its own."""

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from handlers import migrate_schema
from handlers.adapters.aws import client
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.tools import Tools
from infra.local.environment import Environment

BUCKET = "greenshift-artifacts"


@dataclass(frozen=True)
class Clock:
    """A Lambda context with so many seconds left when it is asked."""

    seconds: float

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class Lab:
    """A service, its table `orders` (key `id`), its claim, and its releases."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.service = f"s{uuid.uuid4().hex[:10]}"
        self.table = f"{self.service}-orders"
        self.dynamodb = environment.client("dynamodb")
        self.tools = Tools()
        self.token = 0
        self.claim: Claim | None = None
        self.dynamodb.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def put(self, *items: Mapping[str, Any], count: int = 0, **attributes: Any) -> None:
        """Puts these items, or `count` items of these attributes."""
        every = [*items, *({"id": {"S": f"{n:05}"}, **attributes} for n in range(count))]
        for start in range(0, len(every), 25):
            batch = [{"PutRequest": {"Item": item}} for item in every[start : start + 25]]
            self.dynamodb.batch_write_item(RequestItems={self.table: batch})

    def items(self) -> dict[str, dict[str, Any]]:
        """All items by their id."""
        found = {}
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=self.table):
            found |= {item["id"]["S"]: item for item in page["Items"]}
        return found

    def indexes(self) -> dict[str, Any]:
        described = self.dynamodb.describe_table(TableName=self.table)["Table"]
        return {each["IndexName"]: each for each in described.get("GlobalSecondaryIndexes") or ()}

    def bundle(self, files: Mapping[str, Any]) -> dict[str, str]:
        """Uploads a bundle with these files; values that are no text are written as JSON."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("release.toml", "")
            for name, content in files.items():
                text = content if isinstance(content, str) else json.dumps(content, indent=2)
                archive.writestr(name, text)
        body = buffer.getvalue()
        key = f"releases/{self.service}/{uuid.uuid4().hex[:8]}.zip"
        stored = self.environment.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        return {"bucket": BUCKET, "key": key, "version": stored["VersionId"], "digest": digest}

    def event(
        self, files: Mapping[str, Any], blue: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The document of a new deployment, which holds the claim, of a bundle with these files;
        `blue` are the files of the bundle that is live.
        """
        self.token += 1
        execution = f"arn:aws:states:eu-west-1:0:execution:greenshift-{self.service}:{self.token}"
        if self.claim is not None:
            self.tools.ledger.transact(*self.tools.claims.closing(self.claim))
        wanted = Claim(
            self.service, f"{self.service}-{self.token}", execution, 0, "2026", closed=False
        )
        over = self.tools.claims.of(self.service)
        self.claim = self.tools.claims.take(wanted, {}, over=over)
        deployment = {
            "id": wanted.deployment,
            "service": self.service,
            "release": "1.0.0",
            "digest": "",
            "token": self.claim.token,
            "registrationVersion": 1,
            "functions": {},
            "bundle": self.bundle(files),
            "blueBundle": None if blue is None else self.bundle(blue),
            "shiftPlan": "all-at-once",
            "steps": 1,
            "note": "",
            "next": "provisionGreen",
            "answer": None,
        }
        return {
            "service": self.service,
            "execution": execution,
            "startedAt": "2026-01-01T00:00:00.000Z",
            "request": {},
            "deployment": deployment,
        }

    def migrate(
        self, files: Mapping[str, Any], blue: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A new deployment's MigrateSchema, called as Lambda calls it until it is done."""
        event = self.event(files, blue)
        while (section := self.call(event))["next"] == "again":
            event["schema"] = section
        return section

    def call(self, event: Mapping[str, Any], seconds: float = 840) -> dict[str, Any]:
        return migrate_schema.handler(event, Clock(seconds))

    def steps(self) -> dict[str, dict[str, Any]]:
        """The steps in the ledger, by `0001#expand`."""
        found = self.tools.ledger.query(f"ITEMS#{self.service}", "STEP#")
        return {item["sk"].removeprefix("STEP#"): item for item in found}


@pytest.fixture
def lab(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    lab = Lab(aws)
    monkeypatch.setenv("GREENSHIFT_SERVICE", lab.service)
    monkeypatch.setenv("GREENSHIFT_DYNAMODB_TABLES", json.dumps({"orders": lab.table}))
    monkeypatch.setattr(migrate_schema, "tools", lab.tools)
    client.cache_clear()
    yield lab
    client.cache_clear()
