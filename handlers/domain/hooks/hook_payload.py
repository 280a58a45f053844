"""What a hook is told of the deployment."""

from collections.abc import Mapping
from typing import Any

from handlers.domain.hooks.hook import Point
from handlers.domain.messages import UNCHANGED
from handlers.domain.record import Record


def hook_payload(
    record: Record,
    versions: Mapping[str, str],
    *,
    point: Point,
    attempt: int,
    details: object,
    step: int,
    weight: int,
) -> dict[str, Any]:
    """The event of one call. A hook is called at least once: the same attempt may come again when
    an answer was lost. `step` and `weight` are 0 before any traffic.
    """
    return {
        "schema": 1,
        "phase": point,
        "attempt": attempt,
        "hookDetails": details,
        "service": record.service,
        "deployment": record.deployment,
        "release": record.release,
        "digest": record.digest,
        "execution": record.execution,
        "step": step,
        "weight": weight,
        "alias": record.alias,
        "functions": {
            key: {
                "kind": each.kind,
                "changed": versions[key] != UNCHANGED,
                "alias": _arn(record, each.name, record.alias),
                "blue": _arn(record, each.name, each.blue),
                "green": _arn(
                    record, each.name, each.blue if versions[key] == UNCHANGED else versions[key]
                ),
            }
            for key, each in record.functions.items()
        },
    }


def _arn(record: Record, function: str, qualifier: str) -> str:
    """A service's functions are where its state machine is."""
    _, partition, _, region, account, *_ = record.execution.split(":")
    return f"arn:{partition}:lambda:{region}:{account}:function:{function}:{qualifier}"
