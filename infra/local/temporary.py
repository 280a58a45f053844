"""Where a database's files lie: in memory where that has room, else on the disk."""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - every user may write there, and mkdtemp's folder is private
_ROOM_BYTES = 4 * 1024**3
"""Far more than a database takes here: some 100 MB for the sample under load."""


def temporary_folder(prefix: str, *, otherwise: str | None = None) -> Path:
    """A new private folder in memory; without room there, or with a `TMPDIR` that says where,
    in the folder `otherwise`, else where temporary files lie.

    A cluster is thousands of small files that come and go with its databases: half of the time of
    their tests was a disk's journal. What an emulated Lambda unpacks stays on the disk: 40 MB for
    every process of a function, gigabytes with many at once.
    """
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if _has_room() else otherwise))


def _has_room() -> bool:
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return False
    # Libraries cannot be loaded from where nothing may be executed, as in many containers.
    executes = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    return executes and shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES
