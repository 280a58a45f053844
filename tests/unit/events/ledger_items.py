"""Items of the ledger as its writers write them, and the stream's records of them."""

import itertools
from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer

DEPLOYMENT = "orders-1.1.0-20261123T101502Z-7f3a"
EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:greenshift-orders:e"
AT = "2026-11-23T10:16:00.000Z"
LATER = "2026-11-23T10:17:00.000Z"
RECORD = {
    "deployment": DEPLOYMENT,
    "service": "orders",
    "release": "1.1.0",
    "digest": "sha256:9a",
    "action": "deploy",
    "execution": EXECUTION,
    "startedAt": "2026-11-23T10:15:02.000Z",
    "note": "green sees enough",
    "functions": {"api": {"name": "orders-api", "kind": "entry", "blue": "7", "weighted": True}},
    "hotfix": None,
}
ANSWER = {
    "outcome": "RolledBack",
    "reason": "green failed 7 of 9",
    "blue": {"api": "7"},
    "green": {"api": "8"},
    "failedRequests": 7,
    "endedAt": LATER,
}
_numbers = itertools.count(100)
_TO = TypeSerializer()


def phase(name: str, *, over: bool = False, **section: Any) -> dict[str, Any]:
    facts = {"sk": f"PHASE#1#{name}", "phase": name, "startedAt": AT}
    return {**facts, **({"endedAt": LATER, "section": section} if over else {})}


def verdict(word: str, *, step: int = 1, at: str = AT) -> dict[str, Any]:
    return {
        "sk": f"VERDICT#{step:03}",
        "step": step,
        "weight": 10,
        "at": at,
        "verdict": word,
        "next": "observe",
        "reason": "too few requests",
        "greenRequests": 9,
        "greenFailures": 0,
        "blueRequests": 80,
        "blueFailures": 1,
        "syntheticGreenRequests": 1200,
        "syntheticGreenFailures": 182,
        "syntheticBlueRequests": 1180,
        "syntheticBlueFailures": 0,
    }


def meta(**facts: Any) -> dict[str, Any]:
    return {**RECORD, "sk": "META", **facts}


def ended(outcome: str, reason: str = "green failed 7 of 9", **facts: Any) -> dict[str, Any]:
    answer = {**ANSWER, "outcome": outcome, "reason": reason}
    return meta(outcome=outcome, endedAt=LATER, answer=answer, **facts)


def left_the_queue(**what: Any) -> dict[str, Any]:
    return {"pk": "SERVICE#orders", "sk": f"LEFT#{AT}#sha256:9a", **what}


def record(new: Mapping[str, Any] | None, old: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The stream's record of an item that became `new`."""

    def image(item: Mapping[str, Any]) -> dict[str, Any]:
        whole = {"pk": f"DEPLOYMENT#{DEPLOYMENT}", "schema": 1, **item}
        return {key: _TO.serialize(value) for key, value in whole.items()}

    images = {"NewImage": new, "OldImage": old}
    return {
        "eventName": "REMOVE" if new is None else "MODIFY" if old else "INSERT",
        "dynamodb": {
            "SequenceNumber": str(next(_numbers)),
            **{name: image(item) for name, item in images.items() if item is not None},
        },
    }
