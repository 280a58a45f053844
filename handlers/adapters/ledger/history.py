"""What the ledger remembers beside deployments, so that one can go back past the release before:
how earlier releases were live, and which deployments may have changed the schema.
"""

from collections.abc import Iterable

from handlers.adapters.ledger.ledger import Delete, Ledger, Put
from handlers.domain.codec import decode, encode
from handlers.domain.earlier import Earlier, SchemaChange

_LAST = "~"
"""Sorts after every moment."""


class LedgerHistory:
    """Items `EARLIER#<until>#<token>` and `SCHEMA#<token>` of a service. Only the holder of the
    service's claim writes them, in the transaction that takes or closes the claim.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def earlier(self, service: str, now: str) -> list[Earlier]:
        """How releases were live whose window is open at the moment `now` in ISO 8601."""
        found = self._ledger.between(f"SERVICE#{service}", f"EARLIER#{now}", f"EARLIER#{_LAST}")
        return [decode(Earlier, each) for each in found]

    def changes(self, service: str) -> list[SchemaChange]:
        """Every deployment that may have changed the schema, in the order of their tokens."""
        found = self._ledger.query(f"SERVICE#{service}", "SCHEMA#")
        return [decode(SchemaChange, each) for each in found]

    def leaving(self, service: str, stay: Earlier) -> Put:
        """The write of a release that another takes the place of."""
        key = f"EARLIER#{stay.until}#{stay.token:010}"
        return Put({"pk": f"SERVICE#{service}", "sk": key, **encode(stay)})

    def changing(self, service: str, change: SchemaChange) -> Put:
        """The write of what a deployment may change of the schema, or has."""
        key = _change_key(change.token)
        return Put({"pk": f"SERVICE#{service}", "sk": key, **encode(change)})

    def withdrawing(self, service: str, deployment: str) -> list[Delete]:
        """The writes of a deployment that ends and has changed nothing of the schema."""
        return [
            Delete(f"SERVICE#{service}", _change_key(each.token))
            for each in self.changes(service)
            if each.deployment == deployment
        ]

    def undoing(self, service: str, stays: Iterable[Earlier]) -> list[Put]:
        """The writes of releases that somebody goes back from."""
        return [self.leaving(service, each) for each in stays]


def _change_key(token: int) -> str:
    return f"SCHEMA#{token:010}"
