"""ProvisionGreen: publishes green from the bundle and makes it ready; `live` is untouched."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.functions.functions import changed_meanwhile
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.green.identity import configuration_digest, marker
from handlers.domain.green.overlay import environment_bytes, overlaid
from handlers.domain.green.pins import callees_first
from handlers.domain.messages import UNCHANGED, Green
from handlers.domain.record import Record, RecordedFunction
from handlers.domain.release.function_sources import ENVIRONMENT_BYTES, Overlay
from handlers.errors import ProvisioningFailed, TransientConflict
from handlers.giving_way import give_way
from handlers.provisioning.pinning import blue_once_more, pinned
from handlers.provisioning.sources import Source, sources_of

tools = Tools()

_AT_ONCE = 4


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `green` out."""
    return answer(provision_green, event, log=logger, context=context)


@dataclass(frozen=True, slots=True)
class Provisioned:
    """Green of one function, and whether it was published now."""

    version: str
    published: bool


def provision_green(document: Document) -> Green:
    """Makes green of every function that the release names, and of those that call a new one by its
    version; what it leaves as it is becomes `unchanged`.

    Safe to repeat: a version with our marker, this code and this configuration is found, not made
    again, unless it is condemned to be pruned.
    """
    began, planned = now(), document.planned
    claim = tools.claims.held_by(document.execution, document.service)
    give_way(tools, planned.id)
    tools.journal.began(planned.id, "ProvisionGreen", iso(began))
    record = decode(Record, tools.journal.deployment(planned.id))
    # A prune condemns only while nobody has the claim, and forgets nothing of it.
    condemned = frozenset(tools.condemned.of(record.service))
    versions, published = _provision_all(claim, record, sources_of(tools, record), condemned)
    green = Green(
        versions=versions,
        published=published,
        found=sum(version != UNCHANGED for version in versions.values()) - published,
        seconds=round(now() - began, 1),
    )
    tools.journal.ended(planned.id, "ProvisionGreen", iso(now()), encode(green))
    return green


def _provision_all(
    claim: Claim,
    record: Record,
    sources: Mapping[str, Source],
    condemned: Collection[tuple[str, str]],
) -> tuple[dict[str, str], int]:
    """Green's versions, and how many were published now: side by side, but a function only after
    the peers whose versions it is to call.
    """
    versions = dict.fromkeys(record.functions, UNCHANGED)
    published = 0
    calls = {key: each.calls for key, each in record.functions.items()}
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        for rank in callees_first(calls):
            keys = [
                key
                for key in rank
                if key in sources
                or any(versions[peer] != UNCHANGED for peer in calls[key].values())
            ]
            provision = partial(_provision, claim, record, sources, dict(versions), condemned)
            for key, made in zip(keys, pool.map(provision, keys), strict=True):
                versions[key] = made.version
                published += made.published
    return versions, published


def _provision(
    claim: Claim,
    record: Record,
    sources: Mapping[str, Source],
    versions: Mapping[str, str],
    condemned: Collection[tuple[str, str]],
    key: str,
) -> Provisioned:
    function = record.functions[key]
    source = sources.get(key)
    if source is not None and source.version is not None:
        return _given(function, source.version, condemned)
    latest = tools.functions.settled(function.name)
    blue = tools.functions.configuration(function.name, function.blue)
    remembered = tools.overlays.remembered(record.service, function.name)
    if source is None:
        source = blue_once_more(tools, record, function, blue, latest, remembered)
    source = pinned(tools, record, function, source, versions)
    latest = _configured(claim, function, latest, source.overlay, remembered)
    wanted = configuration_digest(latest)
    if blue["CodeSha256"] == source.sha256 and configuration_digest(blue) == wanted:
        return Provisioned(UNCHANGED, published=False)
    mark = marker(record.service, record.release, record.digest, wanted)
    for version in tools.functions.versions(function.name):
        found = version.get("Description") == mark and version["CodeSha256"] == source.sha256
        if found and (function.name, version["Version"]) not in condemned:
            return _ready(function, version["Version"], published=False)
    if latest["CodeSha256"] != source.sha256:
        code = source.update()
        tools.claims.check(claim)
        latest = tools.functions.replace_code(function.name, latest["RevisionId"], code)
        if configuration_digest(latest) != wanted:
            raise TransientConflict(changed_meanwhile(function.name))
    tools.claims.check(claim)
    number = tools.functions.publish(
        function.name, latest["RevisionId"], latest["CodeSha256"], mark
    )
    return _ready(function, number, published=True)


def _configured(
    claim: Claim,
    function: RecordedFunction,
    latest: dict[str, Any],
    overlay: Overlay,
    remembered: Mapping[str, Any],
) -> dict[str, Any]:
    """Lays the release's configuration over the stack's, and takes back what the last release laid
    over it. Raises TransientConflict where somebody has changed it again by then.
    """
    result = overlaid(latest, overlay, remembered)
    environment = result.changes.get("Environment", {}).get("Variables", {})
    if (size := environment_bytes(environment)) > ENVIRONMENT_BYTES:
        raise ProvisioningFailed(
            f"the environment of {function.name} would have {size:,} bytes, with what the release "
            f"sets and the versions of its peers, and Lambda takes {ENVIRONMENT_BYTES:,}: shorten "
            "the stack's or the release's"
        )
    if result.remember != remembered:
        tools.overlays.remember(claim.service, function.name, {**remembered, **result.remember})
    if result.changes:
        tools.claims.check(claim)
        latest = tools.functions.configure(function.name, latest["RevisionId"], result.changes)
        if overlaid(latest, overlay, {**remembered, **result.remember}).changes:
            raise TransientConflict(changed_meanwhile(function.name))
    if result.remember != remembered:
        tools.overlays.remember(claim.service, function.name, result.remember)
    return latest


def _given(
    function: RecordedFunction, version: str, condemned: Collection[tuple[str, str]]
) -> Provisioned:
    """A version that the user's own pipeline has published."""
    if (function.name, version) in condemned:
        raise ProvisioningFailed(
            f"version {version} of {function.name} is being pruned: name another one, or deploy "
            "the release that it was published for"
        )
    if tools.functions.read(function.name, version) is None:
        raise ProvisioningFailed(
            f"{function.name} has no version {version}: publish it, or name one that is there"
        )
    if version == function.blue:
        return Provisioned(UNCHANGED, published=False)
    return _ready(function, version, published=False)


def _ready(function: RecordedFunction, version: str, *, published: bool) -> Provisioned:
    """Waits until the version can take traffic as blue does: Active, SnapStart done, as much
    provisioned concurrency.
    """
    tools.functions.settled(function.name, version)
    warm = tools.functions.provisioned_concurrency(function.name, function.blue)
    if warm is not None:
        count = warm["RequestedProvisionedConcurrentExecutions"]
        tools.functions.provision_concurrency(function.name, version, count)
    return Provisioned(version, published)
