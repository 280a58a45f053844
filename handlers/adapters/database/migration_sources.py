"""The expand files of a bundle, read and split into statements."""

from handlers.adapters.bundles import BundleStore
from handlers.domain.bundle.bundle import LARGEST_SQL
from handlers.domain.bundle.entries import read_entry
from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.messages import BundleRef
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import split
from handlers.errors import MigrationFailed, PlanRejected


def read_migrations(bundles: BundleStore, ref: BundleRef) -> tuple[Migration, ...]:
    """Every expand migration of the very bundle that was planned, in order of its number.

    Raises MigrationFailed when the bundle or a file cannot be read, or holds what is never run.
    """
    if ref.bucket != bundles.bucket:
        raise MigrationFailed(
            f"the bundle is in {ref.bucket}, not in {bundles.bucket}; plan it again"
        )
    try:
        with bundles.open(ref.key, ref.version, ref.digest) as bundle:
            texts = {
                name: read_entry(bundle.zip, name, LARGEST_SQL)
                for name in sorted(bundle.zip.namelist())
                if (file := parse_migration_path(name)) and file.part == "expand"
            }
    except PlanRejected as error:
        raise MigrationFailed(f"the bundle cannot be read: {error}") from error
    return tuple(_migration(path, text) for path, text in texts.items())


def _migration(path: str, text: bytes) -> Migration:
    file = parse_migration_path(path)
    assert file is not None
    try:
        sql = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise MigrationFailed(f"{path}:{line}: it is not UTF-8; save it as UTF-8") from error
    return Migration(file, split(path, sql), sql)
