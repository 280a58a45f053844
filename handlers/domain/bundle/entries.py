"""Reading entries of a zip: never more than was declared, whatever a header claims."""

import zipfile
import zlib
from collections.abc import Iterator

from handlers.domain.bundle.archive import DAMAGED
from handlers.domain.findings import Finding
from handlers.domain.reading.parsing import decode_utf8
from handlers.errors import PlanRejected

CHUNK = 64 * 1024


def read_entry(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The whole entry, which has at most `limit` bytes. Raises PlanRejected as `iterate_entry`."""
    return b"".join(iterate_entry(archive, name, limit))


def read_text(archive: zipfile.ZipFile, name: str, limit: int) -> tuple[str | None, list[Finding]]:
    """The entry's UTF-8 text, or the finding why there is none."""
    try:
        return decode_utf8(read_entry(archive, name, limit), name)
    except PlanRejected as rejected:
        return None, list(rejected.findings)


def iterate_entry(archive: zipfile.ZipFile, name: str, limit: int) -> Iterator[bytes]:
    """The entry in chunks of 64 KiB, so that no entry is ever whole in memory.

    Raises PlanRejected with one finding if it is missing, larger than `limit` bytes, damaged,
    or of another size than the directory declares.
    """
    try:
        declared = archive.getinfo(name).file_size
    except KeyError:
        raise _refused("MissingEntry", name, "the bundle has no such file", "pack it") from None
    if declared > limit:
        what = f"it unzips to {declared} bytes, more than {limit}"
        raise _refused("EntryTooLarge", name, what, "make it smaller")
    taken = 0
    try:
        with archive.open(name) as entry:
            while chunk := entry.read(CHUNK):
                taken += len(chunk)
                if taken > declared:
                    break
                yield chunk
    except (*DAMAGED, zlib.error) as error:
        what = f"it cannot be unzipped ({str(error)[:200]})"
        raise _refused("UnreadableEntry", name, what, "build the bundle again") from error
    if taken != declared:
        what = f"it does not unzip to the {declared} bytes that the zip declares"
        raise _refused("UnreadableEntry", name, what, "build the bundle again")


def _refused(code: str, name: str, what: str, do: str) -> PlanRejected:
    return PlanRejected([Finding(code, name, what, do)])
