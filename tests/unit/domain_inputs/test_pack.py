"""Packing: the same files make the same bytes."""

import hashlib
import io
import os
import zipfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.bundle.pack import write_bundle, zip_folder

NAMES = st.from_regex(r"[a-z]{1,4}(/[a-z]{1,4}){0,2}\.[a-z]{1,3}", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=200), min_size=1, max_size=6)


def _packed(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    write_bundle(files, target)
    return target.getvalue()


@given(FILES, st.randoms(use_true_random=False))
def test_the_order_in_which_files_are_named_does_not_count(
    files: dict[str, bytes], random: Random
) -> None:
    names = list(files)
    random.shuffle(names)
    assert _packed({name: files[name] for name in names}) == _packed(files)


@given(FILES)
def test_every_file_is_in_the_zip_as_it_was(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(_packed(files))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert archive.namelist() == sorted(files)


def test_a_file_on_disk_packs_as_its_bytes_whenever_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(b"SELECT 1;" * 1000)
    os.utime(path, (1, 1))
    target = tmp_path / "bundle.zip"
    write_bundle({"a.sql": path}, target)
    assert target.read_bytes() == _packed({"a.sql": b"SELECT 1;" * 1000})


def test_the_bytes_are_known() -> None:
    """Whoever changes how bundles are packed changes the digest of every release."""
    digest = hashlib.sha256(_packed({"b.txt": b"", "a/c.txt": b"1"})).hexdigest()
    assert digest == "41ba12c3a7b5e90ac5f812a9a3787ce1420e818507719e141607f9d4474d431f"


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a", "a/../b", "a\\b", "a//b", "a/", "", "a\nb"]
)
def test_a_path_that_no_bundle_may_have_is_not_packed(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be packed"):
        _packed({name: b""})


def test_a_folder_is_zipped_without_caches_and_with_modes(tmp_path: Path) -> None:
    for name in (
        "app.py",
        "lib/util.py",
        "bootstrap",
        "lib/__pycache__/util.pyc",
        "x.pyc",
        ".DS_Store",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(0o755 if name == "bootstrap" else 0o600)
    with zipfile.ZipFile(io.BytesIO(zip_folder(tmp_path))) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert modes == {"app.py": 0o644, "bootstrap": 0o755, "lib/util.py": 0o644}


def test_two_copies_of_a_folder_make_the_same_zip(tmp_path: Path) -> None:
    for copy, stamp in (("one", 1), ("two", 2_000_000_000)):
        for name in sorted(("a.py", "b/c.py"), reverse=copy == "two"):
            path = tmp_path / copy / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
            os.utime(path, (stamp, stamp))
    assert zip_folder(tmp_path / "one") == zip_folder(tmp_path / "two")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no files to zip"):
        zip_folder(tmp_path)
