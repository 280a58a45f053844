"""The checks of a release as its bundle holds them, with the files that they name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.adapters.bundles import BundleStore
from handlers.domain.bundle.bundle import LARGEST_EVENT
from handlers.domain.bundle.entries import read_entry
from handlers.domain.compare.recording import LARGEST_RECORDING, Recorded, read_recording
from handlers.domain.messages import BundleRef
from handlers.domain.release.checks import Check
from handlers.domain.release.compare_section import Comparing
from handlers.domain.release.release import RELEASE_TOML, read_release
from handlers.errors import ChecksFailed


@dataclass(frozen=True, slots=True)
class Suite:
    """The checks of one release; `files` are the events and JSON Schemas by their paths,
    `migrations` the paths of its migrations, `warm` the environments to start, by function.
    `recordings` are the requests of each comparison, by its name.
    """

    release: str
    checks: tuple[Check, ...]
    files: Mapping[str, Any]
    migrations: tuple[str, ...]
    warm: Mapping[str, int]
    compare: tuple[Comparing, ...] = ()
    recordings: Mapping[str, tuple[Recorded, ...]] = field(default_factory=dict)


def read_suite(bundles: BundleStore, ref: BundleRef) -> Suite:
    """Reads the very object version that was accepted. Raises ChecksFailed when it cannot be read
    any more, and AWS's own refusal when it is gone.
    """
    with bundles.open(ref.key, ref.version, ref.digest) as opened:
        release, findings = read_release(
            read_entry(opened.zip, RELEASE_TOML, LARGEST_EVENT).decode()
        )
        if release is None:
            raise ChecksFailed(f"the checks in {ref.key} can no longer be read: {findings[0]}")
        paths = {path for check in release.checks for _, path in check.files}
        files = {path: json.loads(read_entry(opened.zip, path, LARGEST_EVENT)) for path in paths}
        recordings = {}
        for each in release.compare:
            text = read_entry(opened.zip, each.requests, LARGEST_RECORDING).decode()
            recordings[each.name], _ = read_recording(text, each)
        migrations = tuple(name for name in opened.zip.namelist() if name.startswith("migrations/"))
    warm = {key: source.warm for key, source in release.functions.items() if source.warm}
    return Suite(
        release.release, release.checks, files, migrations, warm, release.compare, recordings
    )
