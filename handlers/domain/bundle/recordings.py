"""The recorded requests in a bundle: each file is there, can be read, and changes nothing."""

import zipfile
from collections.abc import Container, Iterator

from handlers.domain.bundle.entries import read_text
from handlers.domain.compare.recording import LARGEST_RECORDING, read_recording
from handlers.domain.findings import Finding
from handlers.domain.reading.places import Path
from handlers.domain.release.release import Release


def recordings(release: Release) -> dict[str, Path]:
    """The files that the comparisons name, each with the key in release.toml that does."""
    return {
        each.requests: ("compare", index, "requests") for index, each in enumerate(release.compare)
    }


def judge_recordings(
    archive: zipfile.ZipFile, release: Release | None, files: Container[str]
) -> Iterator[Finding]:
    """What is wrong with those of them that are in the bundle, by each comparison's own rules."""
    for comparing in release.compare if release else ():
        if comparing.requests not in files:
            continue
        text, findings = read_text(archive, comparing.requests, LARGEST_RECORDING)
        yield from findings
        if text is not None:
            yield from read_recording(text, comparing)[1]
