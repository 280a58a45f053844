"""Which partition keys a request to DynamoDB is about, for policies that name them.

AWS: `dynamodb:LeadingKeys` holds the partition keys of the items that a request names, in a
transaction those of the single action that is judged; a Scan has none.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
Stock MiniStack: never sets it, so that `ForAllValues` of it allows every key. Patch: taken from the
keys, items and key conditions of the request.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.patching import when_imported

_KEY = "dynamodb:LeadingKeys"


class _ItemAction(str):
    """The action of one item of a transaction, with its partition key."""

    __slots__ = ("leading_key",)
    leading_key: str


def apply() -> None:
    """Patches what is known of a request when its permission is asked for."""
    when_imported("ministack.core.iam_actions", _patch_request)
    when_imported("ministack.core.iam_evaluator", _patch_evaluator)


def _patch_request(iam_actions: Any) -> None:
    context_of, checks_of = (
        iam_actions.dynamodb_service_context,
        iam_actions.dynamodb_transaction_checks,
    )

    def context_with_keys(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        keys = sorted(set(_keys(_asked(body))))
        return {**context, _KEY: keys} if keys else context

    def checks_with_keys(iam_action: str, body: bytes, *rest: Any) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = checks_of(iam_action, body, *rest)
        details = [
            each for item in _asked(body).get("TransactItems") or () for each in item.values()
        ]
        if len(found) != len(details):
            return found
        checks: list[tuple[str, str]] = []
        for (name, arn), detail in zip(found, details, strict=True):
            action = _ItemAction(name)
            action.leading_key = next(_keys(detail), "")
            checks.append((action, arn))
        return checks

    iam_actions.dynamodb_service_context = context_with_keys
    iam_actions.dynamodb_transaction_checks = checks_with_keys


def _patch_evaluator(evaluator: Any) -> None:
    enforce = evaluator.enforce

    def enforce_item(
        key: str, action: str, *rest: Any, service_context: Any = None, **more: Any
    ) -> Any:
        if isinstance(action, _ItemAction) and action.leading_key:
            service_context = {**(service_context or {}), _KEY: [action.leading_key]}
        return enforce(key, str(action), *rest, service_context=service_context, **more)

    evaluator.enforce = enforce_item


def _asked(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _keys(asked: Mapping[str, Any]) -> Iterator[str]:
    """The partition keys of one request, or of one item of a transaction."""
    from ministack.services import dynamodb  # noqa: PLC0415 - loaded when the first request comes

    table = dynamodb._tables.get(dynamodb._normalize_table_name(asked.get("TableName", "")))
    if table is None:
        return
    name = table["pk_name"]
    item = asked.get("Key") or asked.get("Item")
    if isinstance(item, dict) and isinstance(item.get(name), dict):
        yield from map(str, item[name].values())
    elif asked.get("KeyConditionExpression"):
        found = dynamodb._extract_pk_from_condition(
            asked["KeyConditionExpression"],
            asked.get("ExpressionAttributeValues") or {},
            asked.get("ExpressionAttributeNames") or {},
            name,
        )
        if found is not None:
            yield str(found)
