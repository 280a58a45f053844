"""ProvisionGreen: publishes green from the bundle and makes it ready; `live` is untouched."""

import base64
import hashlib
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.bundle.archive import LARGEST_ENTRY
from handlers.domain.bundle.entries import iterate_entry, read_entry
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.green.identity import configuration_digest, marker
from handlers.domain.green.overlay import overlaid
from handlers.domain.messages import UNCHANGED, Green
from handlers.domain.record import Record, RecordedFunction
from handlers.domain.release.function_sources import FunctionSource, Overlay
from handlers.domain.release.release import Release, read_release
from handlers.errors import ProvisioningFailed

tools = Tools()

_AT_ONCE = 4


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `green` out."""
    return answer(provision_green, event, log=logger)


@dataclass(frozen=True, slots=True)
class Source:
    """The code of one function, ready for Lambda: `update` for UpdateFunctionCode and its `sha256`,
    or a `version`.
    """

    overlay: Overlay
    update: Mapping[str, str]
    sha256: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Provisioned:
    """Green of one function, and whether it was published now."""

    version: str
    published: bool


def provision_green(document: Document) -> Green:
    """Makes green of every function that the release names; what it leaves as it is becomes
    `unchanged`.

    Safe to repeat: a version with our marker, this code and this configuration is found, not made
    again.
    """
    began, planned = now(), document.planned
    claim = tools.claims.held_by(document.execution, document.service)
    tools.journal.began(planned.id, "ProvisionGreen", iso(began))
    record = decode(Record, tools.journal.deployment(planned.id))
    sources = _sources(record)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        made = dict(
            zip(
                sources,
                pool.map(lambda key: _provision(claim, record, key, sources[key]), sources),
                strict=True,
            )
        )
    versions = {key: made[key].version if key in made else UNCHANGED for key in record.functions}
    published = sum(each.published for each in made.values())
    green = Green(
        versions=versions,
        published=published,
        found=sum(version != UNCHANGED for version in versions.values()) - published,
        seconds=round(now() - began, 1),
    )
    tools.journal.ended(planned.id, "ProvisionGreen", iso(now()), encode(green))
    return green


def _sources(record: Record) -> dict[str, Source]:
    """Stages each function's zip under its digest, from where Lambda takes it."""
    assert record.bundle is not None
    ref = record.bundle
    with tools.bundles.open(ref.key, ref.version, ref.digest) as opened:
        release = _release(read_entry(opened.zip, "release.toml", LARGEST_ENTRY))
        sources = {}
        for key, source in release.functions.items():
            if source.code is None:
                sources[key] = _published_elsewhere(source)
                continue
            with tempfile.TemporaryFile() as inner:
                hashed = hashlib.sha256()
                for chunk in iterate_entry(opened.zip, source.code, LARGEST_ENTRY):
                    hashed.update(chunk)
                    inner.write(chunk)
                inner.seek(0)
                staged = tools.bundles.stage(inner, hashed.hexdigest())
            sources[key] = Source(
                overlay=source.configuration,
                update={"S3Bucket": tools.bundles.bucket, "S3Key": staged},
                sha256=base64.b64encode(hashed.digest()).decode(),
                version=None,
            )
        return sources


def _release(text: bytes) -> Release:
    release, findings = read_release(text.decode())
    if release is None:
        raise ProvisioningFailed(f"release.toml can no longer be read: {findings[0]}")
    return release


def _published_elsewhere(source: FunctionSource) -> Source:
    if source.version is not None:
        return Source(source.configuration, {}, "", str(source.version))
    image = str(source.image)
    return Source(source.configuration, {"ImageUri": image}, image.rpartition("@sha256:")[2], None)


def _provision(claim: Claim, record: Record, key: str, source: Source) -> Provisioned:
    function = record.functions[key]
    if source.version is not None:
        return _given(function, source.version)
    latest = tools.functions.settled(function.name)
    latest = _configured(claim, function, latest, source)
    wanted = configuration_digest(latest)
    blue = tools.functions.configuration(function.name, function.blue)
    if blue["CodeSha256"] == source.sha256 and configuration_digest(blue) == wanted:
        return Provisioned(UNCHANGED, published=False)
    mark = marker(record.service, record.release, record.digest, wanted)
    for version in tools.functions.versions(function.name):
        if version.get("Description") == mark and version["CodeSha256"] == source.sha256:
            return _ready(function, version["Version"], published=False)
    if latest["CodeSha256"] != source.sha256:
        tools.claims.check(claim)
        latest = tools.functions.replace_code(function.name, latest["RevisionId"], source.update)
    tools.claims.check(claim)
    number = tools.functions.publish(
        function.name, latest["RevisionId"], latest["CodeSha256"], mark
    )
    return _ready(function, number, published=True)


def _configured(
    claim: Claim, function: RecordedFunction, latest: dict[str, Any], source: Source
) -> dict[str, Any]:
    """Lays the release's configuration over the stack's, and takes back what the last release laid
    over it.
    """
    remembered = tools.overlays.remembered(claim.service, function.name)
    result = overlaid(latest, source.overlay, remembered)
    if result.remember != remembered:
        tools.overlays.remember(claim.service, function.name, {**remembered, **result.remember})
    if result.changes:
        tools.claims.check(claim)
        latest = tools.functions.configure(function.name, latest["RevisionId"], result.changes)
    if result.remember != remembered:
        tools.overlays.remember(claim.service, function.name, result.remember)
    return latest


def _given(function: RecordedFunction, version: str) -> Provisioned:
    """A version that the user's own pipeline has published."""
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
