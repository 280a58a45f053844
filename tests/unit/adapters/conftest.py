"""One emulated AWS for the adapters' tests: a ledger, a bucket, and functions where a test wants one."""

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from handlers.adapters.ledger.ledger import Ledger
from infra.local.environment import embedded

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cloud() -> Iterator[Any]:
    with embedded(database=False, instant=True) as environment:
        key = [("pk", "HASH"), ("sk", "RANGE")]
        environment.client("dynamodb").create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in key],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in key],
            BillingMode="PAY_PER_REQUEST",
        )
        s3 = environment.client("s3")
        s3.create_bucket(Bucket="bundles")
        s3.put_bucket_versioning(Bucket="bundles", VersioningConfiguration={"Status": "Enabled"})
        yield environment


@pytest.fixture
def ledger(cloud: Any) -> Ledger:
    return Ledger(cloud.client("dynamodb"), "ledger")


@pytest.fixture
def name() -> str:
    """A service's name that no other test has."""
    return f"adapters{next(_numbers)}"


@pytest.fixture
def function(cloud: Any, name: str) -> Callable[..., str]:
    """Makes a function with three versions and the alias `live` on the first; answers its name."""
    client = cloud.client("lambda")

    def make() -> str:
        client.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/service",
            Code={"ZipFile": _zip("1")},
            Publish=True,
        )
        client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        for number in ("2", "3"):
            client.update_function_code(FunctionName=name, ZipFile=_zip(number), Publish=True)
        return name

    return make


def _zip(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", f"def handler(event, context): return {text}")
    return buffer.getvalue()
