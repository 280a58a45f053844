"""One change of an item of the ledger that belongs to a deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OF_A_DEPLOYMENT = "DEPLOYMENT#"
PHASE_ITEM, VERDICT_ITEM, RECORD_ITEM = "PHASE#", "VERDICT#", "META"


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
    told = sort == RECORD_ITEM or sort.startswith((PHASE_ITEM, VERDICT_ITEM))
    if not told or not pk.startswith(OF_A_DEPLOYMENT):
        return None
    return Change(pk.removeprefix(OF_A_DEPLOYMENT), sort, item, before, sequence)
