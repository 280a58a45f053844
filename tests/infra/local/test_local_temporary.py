"""A database lies in memory where there is room for it, and else on the disk."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.local import temporary
from infra.local.temporary import temporary_folder


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that passes for the machine's memory, with room enough."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(temporary, "_MEMORY", folder)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=0))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 1024**3))
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def test_where_memory_has_room_a_private_folder_is_made_there(memory: Path, disk: Path) -> None:
    folder = temporary_folder("greenshift-", otherwise=str(disk))
    assert folder.parent == memory
    assert folder.stat().st_mode & 0o077 == 0


def test_a_tmpdir_of_the_user_is_heeded(
    memory: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(disk))
    assert temporary_folder("greenshift-", otherwise=str(disk)).parent == disk


def test_a_container_s_64_mb_are_left_alone(
    memory: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=64 * 1024**2))
    assert temporary_folder("greenshift-", otherwise=str(disk)).parent == disk


def test_memory_from_which_nothing_is_executed_is_left_alone(
    memory: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_NOEXEC))
    assert temporary_folder("greenshift-", otherwise=str(disk)).parent == disk


def test_a_machine_without_such_memory_has_it_on_the_disk(memory: Path, disk: Path) -> None:
    memory.rmdir()
    assert temporary_folder("greenshift-", otherwise=str(disk)).parent == disk
