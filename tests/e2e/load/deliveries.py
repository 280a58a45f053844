"""What became of every message: the worker writes down each batch that it is given, in the service's
own database, before it looks at it and when it is through.

The orders alone could not tell a second confirmation from the first. A batch that began and did not
end died with its environment: its messages come again, as SQS promises.
"""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from stage import Orders

TABLE = """
CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    version text NOT NULL,
    process integer NOT NULL,
    orders jsonb NOT NULL,
    began timestamptz NOT NULL DEFAULT clock_timestamp(),
    failed jsonb
);
"""
"""A migration of every bundle: a table that none has made would be refused as drift."""
WORKER = {
    "index.py": b"""
import json
import os
import uuid

import database
import index_of_the_sample


def handler(event, context):
    batch, records = str(uuid.uuid4()), event["Records"]
    orders = {each["messageId"]: json.loads(each["body"]).get("order") for each in records}
    version = context.function_version
    database.run("begin_batch", batch, version, os.getpid(), json.dumps(list(orders.values())))
    answer = index_of_the_sample.handler(event, context)
    failed = [orders[each["itemIdentifier"]] for each in answer["batchItemFailures"]]
    database.run("end_batch", batch, json.dumps(failed))
    return answer
""",
    "statements/begin_batch.sql": b"INSERT INTO deliveries (id, version, process, orders) "
    b"VALUES ($1, $2, $3, CAST($4 AS jsonb)) ON CONFLICT (id) DO NOTHING;\n",
    "statements/end_batch.sql": b"UPDATE deliveries SET failed = CAST($2 AS jsonb) WHERE id = $1;\n",
}


@dataclass(frozen=True, slots=True)
class Messages:
    """Of the orders that were placed: whose messages were processed, how often, and by whom.

    `again` came again because the environment that had them was ended; `twice` came again though
    the first had been processed, which is beyond what SQS promises while nothing dies. `strange`
    were processed by a version that is neither of `versions`.
    """

    sent: int
    processed: int
    again: int
    twice: int
    strange: int

    @property
    def lost(self) -> int:
        return self.sent - self.processed


def messages(
    orders: Orders, placed: Collection[str], versions: Collection[str], killed: Collection[int]
) -> Messages:
    """What became of the messages of these orders; `killed` are processes that were ended."""
    with orders.database() as connection:
        confirmed = {
            str(key) for (key,) in connection.run("SELECT id FROM orders WHERE state = 'confirmed'")
        }
        batches = connection.run(
            "SELECT version, process, orders, failed FROM deliveries ORDER BY began"
        )
    given: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for version, process, wanted, failed in batches:
        wanted, failed = _read(wanted), _read(failed)
        for order in wanted:
            ended = failed is not None and order not in failed and process not in killed
            given[order].append((version, ended))
    mine = [given[order] for order in placed]
    return Messages(
        sent=len(mine),
        processed=sum(order in confirmed and bool(given[order]) for order in placed),
        again=sum(len(each) > 1 and not _twice(each) for each in mine),
        twice=sum(map(_twice, mine)),
        strange=sum(version not in versions for each in mine for version, _ in each),
    )


def _twice(deliveries: list[tuple[str, bool]]) -> bool:
    return any(ended for _, ended in deliveries[:-1])


def _read(value: object) -> list[str] | None:
    return json.loads(value) if isinstance(value, str) else value  # type: ignore[return-value]
