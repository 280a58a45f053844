"""The embedded AWS with what the deployer's stack would have made: one ledger and one bucket."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.local.environment import embedded


@contextmanager
def provided(
    *, database: bool = False, enforce: bool = False, instant: bool = False
) -> Iterator[Any]:
    """An environment to which this process's handlers talk, for as long as the block lasts; in an
    `instant` one functions take an update at once.
    """
    with embedded(database=database, enforce=enforce, instant=instant) as environment:
        before = dict(os.environ)
        os.environ.update(environment.variables())
        os.environ.update(
            GREENSHIFT_TABLE="greenshift-ledger", GREENSHIFT_BUCKET="greenshift-artifacts"
        )
        environment.client("dynamodb").create_table(
            TableName="greenshift-ledger",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        s3 = environment.client("s3")
        s3.create_bucket(Bucket="greenshift-artifacts")
        s3.put_bucket_versioning(
            Bucket="greenshift-artifacts", VersioningConfiguration={"Status": "Enabled"}
        )
        yield environment
        os.environ.clear()
        os.environ.update(before)
