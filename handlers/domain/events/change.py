"""One change of an item of the ledger that tells something of a deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OF_A_DEPLOYMENT, OF_A_SERVICE = "DEPLOYMENT#", "SERVICE#"
PHASE_ITEM, VERDICT_ITEM, RECORD_ITEM = "PHASE#", "VERDICT#", "META"
LEFT_ITEM = "LEFT#"
"""Of a service: what became of a deployment that waited in its queue."""


@dataclass(frozen=True, slots=True)
class Change:
    """`item` is how the item is now, `before` how it was, None where there was none. `sequence` is
    the stream's number of the change.
    """

    deployment: str
    sort: str
    item: Mapping[str, Any]
    before: Mapping[str, Any] | None
    sequence: str

    @property
    def is_record(self) -> bool:
        """Whether it is the deployment's record itself that changed."""
        return self.sort == RECORD_ITEM


def change_of(
    item: Mapping[str, Any], before: Mapping[str, Any] | None, sequence: str
) -> Change | None:
    """The change, or None where the item is none of those that are told of."""
    pk, sort = item.get("pk"), item.get("sk")
    if not isinstance(pk, str) or not isinstance(sort, str):
        return None
    if pk.startswith(OF_A_SERVICE):
        deployment = _without_a_turn(item) if sort.startswith(LEFT_ITEM) else None
        return None if deployment is None else Change(deployment, sort, item, before, sequence)
    told = sort == RECORD_ITEM or sort.startswith((PHASE_ITEM, VERDICT_ITEM))
    if not told or not pk.startswith(OF_A_DEPLOYMENT):
        return None
    return Change(pk.removeprefix(OF_A_DEPLOYMENT), sort, item, before, sequence)


def _without_a_turn(left: Mapping[str, Any]) -> str | None:
    """The deployment that has left the queue with an answer; None where its turn came, which is a
    deployment of its own.
    """
    answer = left.get("answer")
    deployment = answer.get("deployment") if isinstance(answer, Mapping) else None
    return deployment if isinstance(deployment, str) else None
