"""The rounds of synthetic requests in the ledger: one a minute and deployment, sent and counted
once.
"""

from typing import Any

from handlers.adapters.ledger.ledger import ConditionFailed, Ledger, Put
from handlers.domain.codec import decode, encode
from handlers.domain.synthetic.rounds import Round


class SyntheticRounds:
    """Written and read by Bake."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def begin(self, deployment: str, start: int, by: str) -> bool:
        """Whether nobody has begun the minute's round: then it is that of the try named `by`. What
        a try that dies has sent is counted by nobody, and not sent again.
        """
        item = {**_key(deployment, start), "by": by, "counted": False}
        try:
            self._ledger.put(Put(item, "attribute_not_exists(pk)"))
        except ConditionFailed:
            return False
        return True

    def count(self, deployment: str, by: str, made: Round) -> None:
        """Writes what came of a round that the try named `by` has begun, once."""
        item = {**_key(deployment, made.start), "by": by, "counted": True, "round": encode(made)}
        try:
            self._ledger.put(
                Put(item, "#by = :by AND #counted = :open", {":by": by, ":open": False})
            )
        except ConditionFailed:
            return

    def known(self, deployment: str) -> tuple[int, list[Round]]:
        """How many rounds were begun, and those that were counted in the order of their minutes."""
        items: list[dict[str, Any]] = list(
            self._ledger.query(f"DEPLOYMENT#{deployment}", "SYNTHETIC#")
        )
        counted = [decode(Round, item["round"]) for item in items if item["counted"]]
        return len(items), counted


def _key(deployment: str, start: int) -> dict[str, str]:
    return {"pk": f"DEPLOYMENT#{deployment}", "sk": f"SYNTHETIC#{start:012}"}
