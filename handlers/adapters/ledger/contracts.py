"""What the ledger remembers of contracts: for ever, as a schema is not expanded back by itself."""

from collections.abc import Iterable

from handlers.adapters.ledger.ledger import Ledger, Put
from handlers.domain.codec import decode, encode
from handlers.domain.schema.contracts import Contract


class Contracts:
    """The item `CONTRACTS` of a service. Only the holder of the service's claim writes it, in the
    transaction that takes or closes the claim.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, service: str) -> tuple[Contract, ...]:
        """Every contract of the service that was begun, the oldest first."""
        item = self._ledger.get(f"SERVICE#{service}", "CONTRACTS")
        return tuple(decode(Contract, each) for each in (item or {}).get("contracts", ()))

    def writing(self, service: str, contracts: Iterable[Contract]) -> Put:
        """The write of them, to go into the claim's transaction."""
        return Put(
            {
                "pk": f"SERVICE#{service}",
                "sk": "CONTRACTS",
                "contracts": [encode(each) for each in contracts],
            }
        )
