"""What the ledger holds once a rollback that was asked for has ended: the release that went live
again, and no way forward to the one that was left.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.domain.record import Record

if TYPE_CHECKING:
    from handlers.adapters.ledger.history import LedgerHistory
    from handlers.adapters.ledger.ledger import Put


def live_again(record: Record, since: str) -> dict[str, Any]:
    """The release of record from `since` on: what the rollback's record says of blue."""
    former = record.former or {}
    return {
        "release": record.release,
        "digest": record.digest,
        "versions": {key: each.blue for key, each in record.functions.items()},
        "functions": {
            key: {"name": each.name, "kind": each.kind, "weighted": each.weighted}
            for key, each in record.functions.items()
        },
        "alias": record.alias,
        "since": since,
        # Nothing is contracted before the window of what was undone would have ended.
        "rollbackUntil": former.get("rollbackUntil", since),
        "former": None,
        "probes": list(former.get("probes", ())),
        "contracts": list(record.contracts),
    }


def undoing(history: "LedgerHistory", record: Record, at: str) -> "list[Put]":
    """The release that is left is nothing to go back to any more: it is deployed again."""
    left = (record.former or {}).get("digest")
    stays = history.earlier(record.service, at)
    undone = [replace(each, undone=at) for each in stays if each.digest == left]
    return history.undoing(record.service, undone)
