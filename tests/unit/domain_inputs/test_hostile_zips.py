"""Zips that are damaged or made to harm: one clear finding each, and no memory or disk filled."""

import io
import stat
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from handlers.domain.bundle import archive as limits
from handlers.domain.bundle.archive import judge_directory, open_archive
from handlers.domain.bundle.bundle import read_bundle
from handlers.domain.bundle.entries import iterate_entry, read_entry
from handlers.domain.reading.finding_codes import input_codes
from handlers.errors import PlanRejected


def _zip(
    *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def _codes(data: bytes) -> list[str]:
    archive, findings = open_archive(io.BytesIO(data))
    if archive is not None:
        findings = judge_directory(archive)
        assert read_bundle(archive)[0] is None
    return [finding.code for finding in findings]


def _patched(data: bytes, **fields: int) -> bytes:
    """The zip with fields of its last directory entry changed, as no honest tool would."""
    layout = {
        "flags": (8, "<H"),
        "method": (10, "<H"),
        "packed": (20, "<L"),
        "size": (24, "<L"),
        "crc": (16, "<L"),
        "offset": (42, "<L"),
    }
    at = data.rindex(b"PK\x01\x02")
    changed = bytearray(data)
    for field, value in fields.items():
        offset, form = layout[field]
        struct.pack_into(form, changed, at + offset, value)
    return bytes(changed)


GOOD = _zip(("release.toml", b"format = 1"), ("notes.txt", b"some text" * 50))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"not a zip at all" * 100,
        b"\x1f\x8b" + b"\0" * 100,
        GOOD[:-1],
        GOOD[:-30],
        GOOD[: len(GOOD) // 2],
        GOOD[-22:],
    ],
)
def test_what_is_not_a_zip_is_one_finding(data: bytes) -> None:
    archive, findings = open_archive(io.BytesIO(data))
    assert archive is None
    (finding,) = findings
    assert (finding.code, finding.where) == ("NotAZip", "bundle")


def test_any_damage_to_a_directory_is_a_finding_and_never_an_exception() -> None:
    begin = GOOD.index(b"PK\x01\x02")
    for at in range(begin, len(GOOD)):
        for value in (0x00, 0x7F, 0xFF):
            data = bytearray(GOOD)
            data[at] = value
            archive, findings = open_archive(io.BytesIO(bytes(data)))
            if archive is not None:
                bundle, findings = read_bundle(archive)
                assert bundle is None
            assert findings
            assert {finding.code for finding in findings} <= set(input_codes())


def test_any_damage_to_content_is_a_finding_and_never_an_exception() -> None:
    for at in range(GOOD.index(b"PK\x01\x02")):
        data = bytearray(GOOD)
        data[at] ^= 0xFF
        archive, findings = open_archive(io.BytesIO(bytes(data)))
        if archive is not None:
            findings = read_bundle(archive)[1]
        assert findings


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../evil",
        "functions/../../evil",
        "C:/evil",
        "a\\b",
        "..\\evil",
        "./a",
        "a//b",
        "a/./b",
        "a\x00b",
        "a\nb",
        "a\x1bb",
    ],
)
def test_a_name_that_is_no_plain_relative_path_is_refused(name: str) -> None:
    # zipfile would mend some of these names while writing, so they are put in afterwards.
    plain = "x" * len(name)
    data = _zip((plain, b"")).replace(plain.encode(), name.encode())
    assert "UnsafeName" in _codes(data)


@pytest.mark.parametrize("name", ["\u202egpj.exe", "", "a\u2028b"])
def test_a_name_that_does_not_show_what_it_is_is_refused(name: str) -> None:
    assert _codes(_zip((zipfile.ZipInfo(name), b""))) == ["UnsafeName"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_a_link_or_a_device_is_refused(kind: int) -> None:
    entry = zipfile.ZipInfo("functions/api.zip")
    entry.external_attr = (kind | 0o777) << 16
    assert _codes(_zip((entry, b"/etc/passwd"))) == ["NotAFile"]


def test_a_folder_with_content_is_refused() -> None:
    assert "NotAFile" in _codes(
        _zip(("functions-", b"content")).replace(b"functions-", b"functions/")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("a.sql", "a.sql"), ("a.sql", "A.SQL"), ("straße", "STRASSE"), ("functions", "functions/")],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_for_one_path_are_refused(one: str, other: str) -> None:
    assert _codes(_zip((one, b""), (other, b""))) == ["DuplicateEntry"]


def test_an_encrypted_entry_is_refused() -> None:
    assert _codes(_patched(GOOD, flags=1)) == ["EncryptedEntry"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_stored_and_deflated_entries_are_read(method: int) -> None:
    assert _codes(_zip(("a.txt", b"a"), method=method)) == ["UnsupportedCompression"]


def test_too_many_entries_are_counted_and_not_listed() -> None:
    data = _zip(*((f"{number}.txt", b"") for number in range(limits.MOST_ENTRIES + 1)))
    assert _codes(data) == ["TooManyEntries"]


def test_a_directory_too_large_for_memory_is_not_read() -> None:
    entry = zipfile.ZipInfo("a.txt")
    entry.comment = b"x" * 65_535
    data = _zip((entry, b""))
    directory = data[data.index(b"PK\x01\x02") : data.rindex(b"PK\x05\x06")] * 200
    end = bytearray(data[data.rindex(b"PK\x05\x06") :])
    struct.pack_into("<HHL", end, 8, 200, 200, len(directory))
    data = data[: data.index(b"PK\x01\x02")] + directory + bytes(end)
    archive, findings = open_archive(io.BytesIO(data))
    assert archive is None
    assert [finding.code for finding in findings] == ["NotAZip"]
    assert "its directory has" in findings[0].what


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"size": limits.LARGEST_ENTRY + 1, "packed": 2**24}, ["EntryTooLarge"]),
        ({"size": limits.RATIO_COUNTS_ABOVE}, []),
        ({"size": limits.RATIO_COUNTS_ABOVE + 1}, ["RatioTooHigh"]),
        ({"size": 2**32 - 2}, ["EntryTooLarge", "RatioTooHigh", "BundleTooLarge"]),
        ({"packed": 10_000_000}, ["OverlappingEntries"]),
        ({"offset": 0}, ["OverlappingEntries"]),
    ],
)
def test_what_a_directory_claims_is_judged_before_anything_is_read(
    fields: dict[str, int], codes: list[str]
) -> None:
    found = _codes(_patched(GOOD, **fields))
    assert [code for code in found if code != "OverlappingEntries" or code in codes] == codes


def test_many_entries_may_not_unzip_to_too_much_together() -> None:
    data = _zip(*((f"{number}.bin", b"\0" * 100) for number in range(5)))
    at = -1
    changed = bytearray(data)
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        struct.pack_into("<L", changed, at + 24, limits.LARGEST_ENTRY)
    assert "BundleTooLarge" in _codes(bytes(changed))


def _bomb(size: int) -> bytes:
    return _zip(("bomb.json", b"\0" * size))


def test_a_bomb_is_known_by_its_ratio() -> None:
    assert _codes(_bomb(8 * 1024**2)) == ["RatioTooHigh"]


@pytest.mark.parametrize("truthful_crc", [False, True])
def test_an_entry_that_unzips_to_more_than_it_declares_is_not_read_past_that(
    truthful_crc: bool,
) -> None:
    size = 64 * 1024**2
    crc = {"crc": zlib.crc32(b"\0" * 100)} if truthful_crc else {}
    data = _patched(_bomb(size), size=100, **crc)
    archive, _ = open_archive(io.BytesIO(data))
    assert archive is not None
    tracemalloc.start()
    try:
        if truthful_crc:
            assert read_entry(archive, "bomb.json", 1000) == b"\0" * 100
        else:
            with pytest.raises(PlanRejected) as rejected:
                read_entry(archive, "bomb.json", 1000)
            assert rejected.value.findings[0].code == "UnreadableEntry"
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024**2
    finally:
        tracemalloc.stop()


def test_an_entry_that_unzips_to_less_than_it_declares_is_refused() -> None:
    archive, _ = open_archive(io.BytesIO(_patched(GOOD, size=4500)))
    assert archive is not None
    with pytest.raises(PlanRejected) as rejected:
        read_entry(archive, "notes.txt", 10_000)
    assert [finding.code for finding in rejected.value.findings] == ["UnreadableEntry"]


@pytest.mark.parametrize(
    ("name", "limit", "code"),
    [("notes.txt", 449, "EntryTooLarge"), ("other.txt", 450, "MissingEntry")],
)
def test_an_entry_is_read_within_its_limit(name: str, limit: int, code: str) -> None:
    archive, _ = open_archive(io.BytesIO(GOOD))
    assert archive is not None
    assert read_entry(archive, "notes.txt", 450) == b"some text" * 50
    with pytest.raises(PlanRejected) as rejected:
        read_entry(archive, name, limit)
    assert [finding.code for finding in rejected.value.findings] == [code]


def test_a_large_entry_is_read_in_chunks() -> None:
    archive, _ = open_archive(io.BytesIO(_bomb(16 * 1024**2)))
    assert archive is not None
    tracemalloc.start()
    try:
        total = sum(len(chunk) for chunk in iterate_entry(archive, "bomb.json", 2**30))
        assert total == 16 * 1024**2
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024**2
    finally:
        tracemalloc.stop()


def test_a_changed_content_fails_its_checksum() -> None:
    stored = _zip(("a.txt", b"some text"), method=zipfile.ZIP_STORED)
    archive, _ = open_archive(io.BytesIO(stored.replace(b"some text", b"same text")))
    assert archive is not None
    with pytest.raises(PlanRejected, match="cannot be unzipped"):
        read_entry(archive, "a.txt", 100)
