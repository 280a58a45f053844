"""Repair: while nobody deploys, every alias that a hand has moved or split goes back to the release
of record, under a claim and in the journal like any other change.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim
from handlers.domain.codec import encode
from handlers.domain.document import Document
from handlers.domain.findings import Finding
from handlers.domain.record import Record
from handlers.domain.registration.drift import Drift, Served, drifts
from handlers.domain.way_back import way_back
from handlers.errors import PlanRejected

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def claim_repair(tools: "Tools", document: Document) -> Claim:
    """The claim of a repair. The blue of its record is the release of record, of the functions
    whose aliases are not on it.

    Until the claim is held nothing is changed, and one that is held is not taken over. Raises
    PlanRejected with what forbids it or that nothing is to be repaired, and TransientConflict.
    """
    service, at = document.service, now()
    current, live = tools.claims.of(service), tools.journal.live(service)
    if current is not None and not current.closed:
        what = f"{current.deployment} holds it since {current.since}"
        do = f"see with `greenshift status {service}` how that ends, and repair what is left then"
        raise PlanRejected([Finding("ServiceBusy", service, what, do)])
    if live is None:
        what = "no release is live yet, so it is not known where its aliases belong"
        raise PlanRejected([Finding("NothingToRepair", service, what, "release one")])
    found = drifts(live["alias"], live["versions"], _served(tools, live))
    mendable = [drift for drift in found if drift.mendable]
    if findings := _judge(tools, live, service, found, mendable):
        raise PlanRejected(findings)
    record = _record(document, live, mendable)
    wanted = Claim(service, record.deployment, document.execution, 0, iso(at), closed=False)
    return tools.claims.take(wanted, encode(record), over=current)


def _served(tools: "Tools", live: Mapping[str, Any]) -> dict[str, Served]:
    found = {}
    for key, each in live["functions"].items():
        alias = tools.aliases.read(each["name"], live["alias"])
        version, weights = (alias.version, alias.weights) if alias else (None, {})
        found[key] = Served(each["name"], version, weights)
    return found


def _judge(
    tools: "Tools",
    live: Mapping[str, Any],
    service: str,
    found: Sequence[Drift],
    mendable: Sequence[Drift],
) -> list[Finding]:
    """Why nothing can be mended; an alias that is gone does not keep the others from it."""
    if not found:
        what = f"every alias serves {live['release'] or 'the seed'} alone already"
        return [Finding("NothingToRepair", service, what, "go on as usual")]
    if not mendable:
        return [drift.finding(service, live["alias"]) for drift in found]
    return [
        Finding(
            "VersionGone",
            f"{drift.name}:{drift.version}",
            "the release of record's version was deleted, so there is nothing to point back at",
            f"go back with `greenshift rollback {service}`",
        )
        for drift in mendable
        if tools.functions.read(drift.name, drift.version) is None
    ]


def _record(document: Document, live: Mapping[str, Any], mendable: Sequence[Drift]) -> Record:
    return way_back(
        "repair",
        document,
        live,
        release=live["release"],
        digest=live["digest"],
        versions={drift.key: str(drift.version) for drift in mendable},
        former={"probes": live["probes"]},
        contracts=tuple(live.get("contracts", ())),
        note="repaired by hand: " + "; ".join(f"{drift.name}: {drift.seen}" for drift in mendable),
    )
