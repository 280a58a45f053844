"""The ledger's condemned versions: those that no deployment will use again, and since when."""

from collections.abc import Mapping

from handlers.adapters.ledger.claims import Claim
from handlers.adapters.ledger.ledger import Check, ConditionFailed, Ledger, Put
from handlers.domain.pruning.published import Version


class Condemned:
    """The item `CONDEMNED` of a service. A deployment that takes the claim later reads it, and
    publishes again what it would have found.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, service: str) -> dict[Version, str]:
        """Each condemned version with the moment since when it is."""
        item = self._ledger.get(f"SERVICE#{service}", "CONDEMNED") or {}
        return {
            Version(function, number): since
            for function, numbers in item.get("functions", {}).items()
            for number, since in numbers.items()
        }

    def condemn(self, service: str, versions: Mapping[Version, str], *, free: Claim | None) -> bool:
        """Makes these the condemned versions of the service, all at once. False, with nothing
        written, unless its claim is the closed one, or none, that was read before the versions were
        judged: whatever changes aliases or the release of record takes the claim first.
        """
        functions: dict[str, dict[str, str]] = {}
        for version, since in versions.items():
            functions.setdefault(version.function, {})[version.number] = since
        item = {"pk": f"SERVICE#{service}", "sk": "CONDEMNED", "functions": functions}
        try:
            self._ledger.transact(Put(item), _still(service, free))
        except ConditionFailed:
            return False
        return True


def _still(service: str, claim: Claim | None) -> Check:
    pk = f"SERVICE#{service}"
    if claim is None:
        return Check(pk, "CLAIM", "attribute_not_exists(pk)")
    as_read = {":token": claim.token, ":closed": True}
    return Check(pk, "CLAIM", "#token = :token AND #closed = :closed", as_read)
