"""Packing: the same files make the same bytes, so that a digest is the identity of a release."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from handlers.domain.bundle.archive import unsafe_name

EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1024 * 1024
_IGNORED_FOLDERS = {"__pycache__", ".git", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


def write_bundle(files: Mapping[str, bytes | Path], target: Path | IO[bytes]) -> None:
    """A zip of `files` by their paths in it: sorted, without times, owners or modes of their own.

    The same content makes the same bytes wherever zlib is the same, at its own level. Raises
    ValueError for a path that a bundle may not have.
    """
    for name in files:
        if reason := unsafe_name(name) or ("it names a folder" if name.endswith("/") else None):
            raise ValueError(f"{name!r} cannot be packed: {reason}")
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            _add(archive, name, files[name])


def zip_folder(folder: Path) -> bytes:
    """A function's folder as a zip of the same kind, without Python's caches.

    Links are followed; a file that its owner may execute stays executable. Raises ValueError if
    there is nothing to zip.
    """
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    if not files:
        raise ValueError(f"{folder} has no files to zip")
    target = io.BytesIO()
    write_bundle(files, target)
    return target.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> None:
    executable = isinstance(content, Path) and content.stat().st_mode & 0o100
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = 3
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    if isinstance(content, bytes):
        archive.writestr(entry, content)
        return
    entry.file_size = content.stat().st_size
    with content.open("rb") as source, archive.open(entry, "w") as sink:
        while chunk := source.read(_CHUNK):
            sink.write(chunk)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _IGNORED_FOLDERS:
                yield from _files(path)
        elif path.suffix != ".pyc" and path.name != ".DS_Store":
            yield path
