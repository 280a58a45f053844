"""The ledger's table: items in and out, every write conditional. What the items mean is said in
claims and journal.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.errors import LedgerIsNewer, TransientAws, TransientConflict

SCHEMA = 1
"""Written into every item. Keys may be added to items without a new number: who does not know them
passes them over. An item with a higher number is one that this Greenshift would misread.
"""

_OVERLOADED = {"ThrottlingError", "ProvisionedThroughputExceeded"}
_TO, _FROM = TypeSerializer(), TypeDeserializer()


class ConditionFailed(Exception):
    """The table did not look as the write expected; nothing was written. Read again: it may be our
    own lost answer. `failed` are the numbers, from 0, of the writes whose conditions did not hold.
    """

    def __init__(self, told: str, failed: frozenset[int] = frozenset({0})) -> None:
        self.failed = failed
        super().__init__(told)


@dataclass(frozen=True, slots=True)
class Put:
    """One item, written whole when `condition` holds; `#name` in it is the attribute `name`,
    `:name` is in `values`.
    """

    item: Mapping[str, Any]
    condition: str | None = None
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """An item that is not written, but whose `condition` must hold for the others to be."""

    pk: str
    sk: str
    condition: str
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """An item that is taken out when `condition` holds."""

    pk: str
    sk: str
    condition: str | None = None
    values: Mapping[str, Any] | None = None


Write = Put | Delete | Check
"""One part of a transaction."""
_NAMES = {Put: "Put", Delete: "Delete", Check: "ConditionCheck"}


class Ledger:
    """One DynamoDB table; reads are strongly consistent, and raise LedgerIsNewer for an item that a
    newer Greenshift has written in a form of its own.
    """

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb, self._table = dynamodb, table

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        """The item, or None."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=_marshal({"pk": pk, "sk": sk}), ConsistentRead=True
        )
        return unmarshal(answer["Item"]) if "Item" in answer else None

    def put(self, put: Put) -> None:
        """Writes one item whole. Raises ConditionFailed."""
        self.transact(put)

    def transact(self, *writes: Write) -> None:
        """Writes all items or none. Raises ConditionFailed when a condition does not hold."""
        try:
            if len(writes) == 1 and isinstance(writes[0], Put):
                self._dynamodb.put_item(**self._request(writes[0]))
            else:
                self._dynamodb.transact_write_items(
                    TransactItems=[{_NAMES[type(each)]: self._request(each)} for each in writes]
                )
        except ClientError as error:
            if failed := _failed_conditions(error):
                raise ConditionFailed(str(error), failed) from error
            if reasons := set(_reasons(error)) - {"None"}:
                told = f"the ledger's transaction was cancelled: {', '.join(sorted(reasons))}"
                if "TransactionConflict" in reasons:
                    raise TransientConflict(told) from error
                if reasons & _OVERLOADED:
                    raise TransientAws(told) from error
            raise

    def add(
        self, pk: str, sk: str, numbers: Mapping[str, int], facts: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Adds to the item's numbers, however many do so at once, and sets its facts; answers the
        item as it is then. The item is made where it is absent. Done twice it counts twice.
        """
        facts = {**facts, "schema": SCHEMA}
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key=_marshal({"pk": pk, "sk": sk}),
            UpdateExpression=f"ADD {', '.join(f'#{name} :{name}' for name in numbers)} "
            f"SET {', '.join(f'#{name} = :{name}' for name in facts)}",
            ExpressionAttributeNames={f"#{name}": name for name in (*numbers, *facts)},
            ExpressionAttributeValues=_marshal(
                {f":{name}": value for name, value in (*numbers.items(), *facts.items())}
            ),
            ReturnValues="ALL_NEW",
        )
        return unmarshal(answer["Attributes"])

    def change(
        self, pk: str, sk: str, changes: str, condition: str, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Changes one item by DynamoDB's own words where the condition holds, and answers the item
        as it is then; `#name` in them is the attribute `name`. Raises ConditionFailed.
        """
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_marshal({"pk": pk, "sk": sk}),
                UpdateExpression=changes,
                ConditionExpression=condition,
                ExpressionAttributeNames=_names(changes + condition),
                ExpressionAttributeValues=_marshal(values),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if failed := _failed_conditions(error):
                raise ConditionFailed(str(error), failed) from error
            raise
        return unmarshal(answer["Attributes"])

    def query(self, pk: str, prefix: str) -> Iterator[dict[str, Any]]:
        """All items of `pk` whose sort key begins with `prefix`, in the order of their keys."""
        return self._query(pk, "begins_with(sk, :prefix)", {":prefix": prefix})

    def between(self, pk: str, first: str, last: str) -> Iterator[dict[str, Any]]:
        """Those whose sort key is one of the two or lies between them."""
        return self._query(pk, "sk BETWEEN :first AND :last", {":first": first, ":last": last})

    def _query(self, pk: str, keys: str, values: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        request = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": f"pk = :pk AND {keys}",
            "ExpressionAttributeValues": _marshal({":pk": pk, **values}),
        }
        while True:
            answer = self._dynamodb.query(**request)
            yield from map(unmarshal, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _request(self, write: Write) -> dict[str, Any]:
        request: dict[str, Any] = {"TableName": self._table}
        if isinstance(write, Put):
            request["Item"] = _marshal({**write.item, "schema": SCHEMA})
        else:
            request["Key"] = _marshal({"pk": write.pk, "sk": write.sk})
        if write.condition:
            request["ConditionExpression"] = write.condition
            if names := _names(write.condition):
                request["ExpressionAttributeNames"] = names
        if write.values:
            request["ExpressionAttributeValues"] = _marshal(write.values)
        return request


def _names(expression: str) -> dict[str, str]:
    return {f"#{name}": name for name in re.findall(r"#(\w+)", expression)}


def _failed_conditions(error: ClientError) -> frozenset[int]:
    if code_of(error) == "ConditionalCheckFailedException":
        return frozenset({0})
    reasons = enumerate(_reasons(error))
    return frozenset(number for number, why in reasons if why == "ConditionalCheckFailed")


def _reasons(error: ClientError) -> list[str]:
    """Why DynamoDB cancelled a transaction, one code for each item of it; `None` where it was fine.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    if code_of(error) != "TransactionCanceledException":
        return []
    return [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]


def _marshal(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _TO.serialize(_exact(value)) for key, value in item.items()}


def unmarshal(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item from DynamoDB's own form of it. Raises LedgerIsNewer."""
    found = {key: _plain(_FROM.deserialize(value)) for key, value in item.items()}
    if (schema := found.get("schema", SCHEMA)) > SCHEMA:
        raise LedgerIsNewer(
            f"the ledger's item {found['pk']} {found['sk']} has schema {schema} and this "
            f"Greenshift knows {SCHEMA}: a newer one wrote it; update this one to it"
        )
    return found


def _exact(value: Any) -> Any:
    """DynamoDB's serializer takes no floats: numbers go in as decimals of their shortest text."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
