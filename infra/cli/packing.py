"""A folder becomes a bundle: functions zipped, everything else as it lies there, then validated."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handlers.domain.bundle.archive import open_archive
from handlers.domain.bundle.bundle import Bundle, read_bundle
from handlers.domain.bundle.pack import write_bundle, zip_folder
from handlers.domain.findings import Finding
from handlers.domain.release.release import RELEASE_TOML, inspect_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A bundle that was written: where, of what, its size in bytes and its digest."""

    bundle: str
    service: str
    release: str
    size: int
    digest: str
    left_out: tuple[str, ...]


def pack_folder(folder: Path, output: Path | None) -> tuple[Packed | None, list[Finding]]:
    """Packs and validates; the bundle is written only when there is no finding.

    `output` is `<service>-<release>.zip` here by default. The same files make the same bytes.
    """
    files, findings = _files(folder)
    place = output.parent if output else Path.cwd()
    handle, name = tempfile.mkstemp(prefix=".greenshift-", suffix=".zip", dir=place)
    os.close(handle)
    written = Path(name)
    try:
        try:
            write_bundle(files, written)
        except ValueError as error:
            do = "rename the file"
            return None, [*findings, Finding("UnsafeName", str(folder), str(error), do)]
        bundle, found = inspect(written)
        findings += found
        if findings or bundle is None:
            return None, findings
        target = output or Path(f"{bundle.release.service}-{bundle.release.release}.zip")
        written.chmod(0o644)
        written.replace(target)
    finally:
        written.unlink(missing_ok=True)
    return Packed(
        bundle=str(target),
        service=bundle.release.service,
        release=bundle.release.release,
        size=target.stat().st_size,
        digest=_digest(target),
        left_out=tuple(_left_out(folder, files)),
    ), []


def inspect(bundle: Path) -> tuple[Bundle | None, list[Finding]]:
    """The bundle in a file, or everything that is wrong with it."""
    with bundle.open("rb") as file:
        archive, findings = open_archive(file)
        if archive is None:
            return None, findings
        with archive:
            return read_bundle(archive)


def _files(folder: Path) -> tuple[dict[str, bytes | Path], list[Finding]]:
    """What goes into the bundle, by its path there."""
    files: dict[str, bytes | Path] = {}
    findings: list[Finding] = []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        ready = name.startswith("functions/") and name.count("/") == 1
        if name == RELEASE_TOML or ready or name.startswith(("migrations/", "statements/")):
            files[name] = path
    for path in sorted((folder / "functions").glob("*")):
        if path.is_dir() and not path.name.startswith((".", "__pycache__")):
            findings += _zip_function(path, files)
    for named in _named(folder):
        if (folder / named).is_file():
            files[named] = folder / named
    return files, findings


def _zip_function(folder: Path, files: dict[str, bytes | Path]) -> Iterator[Finding]:
    name = f"functions/{folder.name}.zip"
    if name in files:
        what = f"there is a folder functions/{folder.name} and a {name}"
        yield Finding("Duplicate", name, what, "keep the one that is meant")
        return
    try:
        files[name] = zip_folder(folder)
    except ValueError as error:
        yield Finding("EmptyFunction", f"functions/{folder.name}", str(error), "put its code there")


def _named(folder: Path) -> list[str]:
    """The files that checks and comparisons name; none while release.toml cannot be read."""
    try:
        release, _ = inspect_release((folder / RELEASE_TOML).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return []
    if release is None:
        return []
    events = [path for check in release.checks for _, path in check.files]
    return [*events, *(each.requests for each in release.compare)]


def _left_out(folder: Path, files: dict[str, bytes | Path]) -> Iterator[str]:
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if name not in files and not name.startswith("functions/"):
            yield name


def _walk(folder: Path) -> Iterator[Path]:
    """All files but hidden ones and Python's caches."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
