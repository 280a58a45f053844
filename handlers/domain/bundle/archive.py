"""Opening a zip that anybody may have made, and judging it by its directory before reading it."""

import stat
import struct
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, cast

from handlers.domain.findings import Finding
from handlers.domain.reading.finding_codes import InputCode
from handlers.domain.reading.places import show

MOST_ENTRIES = 2000
LARGEST_ENTRY = 256 * 1024**2
LARGEST_TOTAL = 1024**3
MOST_RATIO = 200
RATIO_COUNTS_ABOVE = 1024**2
LARGEST_DIRECTORY = 4 * 1024**2
DAMAGED = (
    zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError, OSError, EOFError,
    OverflowError, struct.error,
)  # fmt: skip
"""What zipfile raises for zips that are damaged, or were made to deceive."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_LOCAL_HEADER = 30


class _SmallReads:
    """A file that refuses large reads while zipfile takes in the directory, which it does whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.largest = file, LARGEST_DIRECTORY

    def read(self, size: int = -1) -> bytes:
        if size > self.largest:
            raise ValueError(f"its directory has {size} bytes")
        return self.file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def open_archive(file: IO[bytes]) -> tuple[zipfile.ZipFile | None, list[Finding]]:
    """The zip in a seekable file, or the finding that it is none. Reads the directory only."""
    guarded = _SmallReads(file)
    try:
        archive = zipfile.ZipFile(cast("IO[bytes]", guarded))
    except DAMAGED as error:
        what = f"it is not a readable zip ({str(error)[:200]})"
        return None, [Finding("NotAZip", "bundle", what, "build it with greenshift pack")]
    guarded.largest = LARGEST_ENTRY
    return archive, []


def judge_directory(archive: zipfile.ZipFile) -> list[Finding]:
    """What forbids reading the zip any further, judged by its central directory alone."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        what = f"it has {len(entries)} entries, more than {MOST_ENTRIES}"
        return [_finding("TooManyEntries", "bundle", what, "pack only what release.toml names")]
    findings = [finding for entry in entries for finding in _judge_entry(entry)]
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_TOTAL:
        what = f"it unzips to {total} bytes, more than {LARGEST_TOTAL}"
        do = "move what is large into layers or container images"
        findings.append(_finding("BundleTooLarge", "bundle", what, do))
    return [*findings, *_judge_repeats(entries), *_judge_overlaps(archive, entries)]


def _judge_entry(entry: zipfile.ZipInfo) -> Iterator[Finding]:
    name, size, packed = entry.orig_filename, entry.file_size, entry.compress_size
    if reason := unsafe_name(name):
        yield _finding("UnsafeName", name, reason, "pack it under a plain relative path")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "it is a link or a device, not a file"
        yield _finding("NotAFile", name, what, "pack the file itself")
    if entry.flag_bits & _ENCRYPTED:
        yield _finding("EncryptedEntry", name, "it is encrypted", "pack it without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        what = f"it is compressed by method {entry.compress_type}"
        yield _finding("UnsupportedCompression", name, what, "pack it stored or deflated")
    if size > LARGEST_ENTRY:
        what = f"it unzips to {size} bytes, more than {LARGEST_ENTRY}"
        do = "move what is large into layers or container images"
        yield _finding("EntryTooLarge", name, what, do)
    if size > RATIO_COUNTS_ABOVE and size > MOST_RATIO * packed:
        what = f"{packed} bytes unzip to {size}, more than {MOST_RATIO} times as many"
        yield _finding("RatioTooHigh", name, what, "leave it out: it has the look of a zip bomb")
    if is_folder(entry) and size:
        yield _finding("NotAFile", name, "it is a folder with content", "pack it as a file")


def is_folder(entry: zipfile.ZipInfo) -> bool:
    """Whether the entry is a folder; also for an empty name, at which zipfile's own test raises."""
    return entry.filename.endswith("/")


def unsafe_name(name: str) -> str | None:
    """Why an entry's name must not be used as a path, or None where it may."""
    parts = name.removesuffix("/").split("/")
    if not name.isprintable():
        return "its name has control characters"
    if "\\" in name:
        return "its name has a backslash"
    if name.startswith("/") or name[1:2] == ":":
        return "its path is absolute"
    if ".." in parts:
        return "its path climbs out with .."
    return "its path has an empty part or a dot" if {"", "."} & set(parts) else None


def _judge_repeats(entries: Iterable[zipfile.ZipInfo]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for entry in entries:
        name = entry.orig_filename
        folded = name.casefold().removesuffix("/")
        if folded in seen:
            what = f"it is the same path as {_name(seen[folded])}"
            do = "pack each path once; upper and lower case do not make two"
            yield _finding("DuplicateEntry", name, what, do)
        seen.setdefault(folded, name)


def _judge_overlaps(
    archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]
) -> Iterator[Finding]:
    free_until = archive.start_dir
    for entry in sorted(entries, key=lambda each: each.header_offset, reverse=True):
        if entry.header_offset + _LOCAL_HEADER + entry.compress_size > free_until:
            what = "its bytes are those of another entry as well"
            yield _finding("OverlappingEntries", entry.orig_filename, what, "build the zip again")
        free_until = min(free_until, entry.header_offset)


def _finding(code: InputCode, name: str, what: str, do: str) -> Finding:
    return Finding(code, _name(name), what, do)


def _name(name: str) -> str:
    return name if name.isprintable() and len(name) <= 120 else show(name)
