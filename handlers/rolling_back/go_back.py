"""Where a rollback that a person asks for goes: to the release before the live one, or to an
earlier one, as the ledger has them.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso, now
from handlers.domain.codec import encode
from handlers.domain.document import Document
from handlers.domain.earlier import newest, reachable, unproven, why_not_to
from handlers.domain.green.pins import is_pinned
from handlers.domain.record import Record
from handlers.domain.schema.contracts import why_no_way_back
from handlers.domain.way_back import way_back

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_AT_ONCE = 8


class NoWayBack(Exception):
    """Why the service cannot go back there, with what to do; nothing was changed."""


def lay_out_way_back(tools: "Tools", document: Document, to: str | None) -> Record:
    """The record of the rollback of a service that nobody holds: what is needed of it is in the
    ledger, and that its versions are still there is seen in Lambda. Raises NoWayBack.
    """
    service, live = document.service, tools.journal.live(document.service)
    if live is None:
        raise NoWayBack(f"there is no release of {service} to go back to")
    if to is not None and to == live["release"]:
        raise NoWayBack(f"{to} is live since {live['since']}: there is nothing to go back to")
    former = live.get("former")
    if to is None or (former is not None and to == former["release"]):
        record = _to_the_one_before(tools, document, live)
    else:
        record = _to_an_earlier_one(tools, document, live, to)
    if wrong := _not_whole(tools, record):
        raise NoWayBack(f"{wrong}; deploy {record.release or 'an earlier release'} again instead")
    return record


def _to_the_one_before(tools: "Tools", document: Document, live: Mapping[str, Any]) -> Record:
    """It is refused for a contract, and for the end of its window. A schema change that was never
    tried with it is told: in an emergency nobody is kept from the nearest way back.
    """
    service, former, at = document.service, live.get("former"), iso(now())
    if former is None:
        # Only a rollback leaves a release live without the one before.
        told = (
            f"{service} went back to {live['release'] or 'the seed'} at {live['since']}, and a "
            "rollback without --to goes no further"
        )
        instead = "; deploy the release that you want instead"
        raise NoWayBack(told + (_or_to(tools, service, live, at) or instead))
    contracts = tools.contracts.of(service)
    if reason := why_no_way_back(contracts, former["release"], former.get("contracts", ())):
        raise NoWayBack(reason)
    if at > live["rollbackUntil"]:
        raise NoWayBack(
            f"the rollback window of {live['release']} ended at {live['rollbackUntil']}; "
            f"deploy {former['release'] or 'an earlier release'} again instead"
        )
    stays = tools.history.earlier(service, at)
    stay = next((each for each in newest(stays) if each.digest == former["digest"]), None)
    since = unproven(stay, tools.history.changes(service)) if stay else []
    told = " and ".join(map(str, since))
    return _record(
        document,
        live,
        former,
        note=f"rolled back by hand; it was never tried with the schema change {told}"
        if since
        else "",
    )


def _to_an_earlier_one(
    tools: "Tools", document: Document, live: Mapping[str, Any], to: str
) -> Record:
    service, at = document.service, iso(now())
    stays = newest(tools.history.earlier(service, at))
    stay = next((each for each in stays if each.release == to), None)
    if stay is None:
        told = f"there is no way straight back to {to}{_or_to(tools, service, live, at)}"
        raise NoWayBack(f"{told}; or deploy it with `greenshift deploy {service} {to}`")
    changes, contracts = tools.history.changes(service), tools.contracts.of(service)
    if reason := why_not_to(stay, live=live, changes=changes, contracts=contracts, now=at):
        raise NoWayBack(reason)
    return _record(document, live, encode(stay), note=f"rolled back by hand to {to}")


def _record(
    document: Document, live: Mapping[str, Any], target: Mapping[str, Any], *, note: str
) -> Record:
    left = {key: live[key] for key in ("release", "digest", "versions", "rollbackUntil")}
    return way_back(
        "rollback",
        document,
        live,
        release=target["release"],
        digest=target["digest"],
        versions=target["versions"],
        former={**left, "probes": target["probes"]},
        contracts=tuple(target.get("contracts", ())),
        note=note,
    )


def _or_to(tools: "Tools", service: str, live: Mapping[str, Any], at: str) -> str:
    """The releases that could be had instead, as the end of a sentence."""
    stays, changes = tools.history.earlier(service, at), tools.history.changes(service)
    contracts = tools.contracts.of(service)
    found = [
        each.release
        for each in reachable(stays, live=live, changes=changes, contracts=contracts, now=at)
    ]
    former = live.get("former")
    if former and former["release"] and at <= live["rollbackUntil"]:
        found.insert(0, former["release"])
    if not found:
        return ""
    return f"; `greenshift rollback {service} --to RELEASE` goes to {' or '.join(found)}"


def _not_whole(tools: "Tools", record: Record) -> str | None:
    """What is missing of the versions that the record goes back to, or that those call; None where
    all are there, or where Lambda does not say: that keeps nobody from going back.
    """
    blues = {each.name: each.blue for each in record.functions.values()}
    found = _read(tools, blues.items())
    called = {}
    for name, version in blues.items():
        if found[name, version] is None:
            return f"version {version} of {name} was deleted"
        for peer, pinned in _pins(found[name, version] or {}, blues):
            called[peer, pinned] = f"version {version} of {name}"
    for (peer, pinned), there in _read(tools, sorted(called.keys() - blues.items())).items():
        if there is None:
            return f"{called[peer, pinned]} calls version {pinned} of {peer}, which was deleted"
    return None


def _read(
    tools: "Tools", versions: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Mapping[str, Any] | None]:
    """What Lambda has of these versions, None of one that is not there, nothing of one that it
    does not tell of.
    """
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        reads = {each: pool.submit(tools.functions.read, *each) for each in versions}
    return {
        each: {} if isinstance(read.exception(), Exception) else read.result()
        for each, read in reads.items()
    }


def _pins(found: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The versions of the service's functions that a version has in its environment."""
    variables = found.get("Configuration", {}).get("Environment", {}).get("Variables", {})
    for name in names:
        for value in variables.values():
            if is_pinned(value, name):
                yield name, value.rpartition(":")[2]
