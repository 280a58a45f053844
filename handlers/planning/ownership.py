"""Which service a function belongs to: the first that deployed it, and no other."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.domain.findings import Finding
from handlers.domain.registration.preflight import FunctionFacts
from handlers.domain.registration.registration import Registration
from handlers.errors import PlanRejected

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def facts_of_all(tools: "Tools", registration: Registration) -> dict[str, FunctionFacts]:
    """What AWS says of each function, and the ledger of its owner."""
    return {
        key: replace(each, owner=tools.journal.owner(each.arn) if each.exists else None)
        for key, each in tools.facts.of_all(registration).items()
    }


def own_all(tools: "Tools", facts: Mapping[str, FunctionFacts], service: str) -> None:
    """Writes the service down as the functions' owner. Raises PlanRejected where another was
    quicker.
    """
    for each in facts.values():
        if not tools.journal.own(each.arn, service):
            what = f"{each.name} was registered with another service meanwhile"
            raise PlanRejected(
                [Finding("FunctionOwned", each.name, what, "register it with one service only")]
            )
