"""Where green of each function comes from: a zip of the bundle, an image, or a version."""

import base64
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from handlers.domain.bundle.archive import LARGEST_ENTRY
from handlers.domain.bundle.entries import iterate_entry, read_entry
from handlers.domain.record import Record
from handlers.domain.release.function_sources import FunctionSource, Overlay
from handlers.domain.release.release import Release, read_release
from handlers.errors import ProvisioningFailed

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


@dataclass(frozen=True, slots=True)
class Source:
    """The code of one function, ready for Lambda: `update` answers what UpdateFunctionCode takes
    for the code of this `sha256`; or a `version` that is published already.
    """

    overlay: Overlay
    update: Callable[[], Mapping[str, str]]
    sha256: str
    version: str | None


def sources_of(tools: "Tools", record: Record) -> dict[str, Source]:
    """Those of the functions that the release names; each zip is staged under its digest, from
    where Lambda takes it.
    """
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
                update=partial(dict, S3Bucket=tools.bundles.bucket, S3Key=staged),
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
        return Source(source.configuration, dict, "", str(source.version))
    image = str(source.image)
    update: Callable[[], Mapping[str, str]] = partial(dict, ImageUri=image)
    return Source(source.configuration, update, image.rpartition("@sha256:")[2], None)
