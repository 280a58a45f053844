"""The migration files of a bundle, read: expands and contracts as statements, backfills as what
they go by.
"""

from dataclasses import dataclass

from handlers.adapters.bundles import BundleStore
from handlers.domain.bundle.bundle import LARGEST_SQL
from handlers.domain.bundle.entries import read_entry
from handlers.domain.bundle.migration_files import MigrationFile, parse_migration_path
from handlers.domain.messages import BundleRef
from handlers.domain.schema.backfill.backfill import Backfill, read_backfill
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import split
from handlers.errors import MigrationFailed, PlanRejected


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that a deployment applies, each part in order of its numbers; `contracts` are read
    only where they are asked for.
    """

    expands: tuple[Migration, ...] = ()
    backfills: tuple[Backfill, ...] = ()
    contracts: tuple[Migration, ...] = ()

    @property
    def newest(self) -> int:
        """The highest number of all, 0 where there is none."""
        files = [each.file for each in self.expands] + [each.file for each in self.backfills]
        return max((file.number for file in files), default=0)


def read_sources(bundles: BundleStore, ref: BundleRef, *, contracts: bool = False) -> Sources:
    """Every expand and backfill file of the very bundle that was planned, and on demand its
    contracts: a deployment does not stumble over what it does not run.

    Raises MigrationFailed when the bundle or a file cannot be read, or holds what is never run.
    """
    if ref.bucket != bundles.bucket:
        raise MigrationFailed(
            f"the bundle is in {ref.bucket}, not in {bundles.bucket}; plan it again"
        )
    try:
        with bundles.open(ref.key, ref.version, ref.digest) as bundle:
            texts = [
                (file, read_entry(bundle.zip, name, LARGEST_SQL))
                for name in sorted(bundle.zip.namelist())
                if (file := parse_migration_path(name)) and (contracts or file.part != "contract")
            ]
    except PlanRejected as error:
        raise MigrationFailed(f"the bundle cannot be read: {error}") from error
    read = [(file, _decoded(file, text)) for file, text in texts]
    statements = {
        file: Migration(file, split(file.path, sql), sql)
        for file, sql in read
        if file.part != "backfill"
    }
    return Sources(
        tuple(each for file, each in statements.items() if file.part == "expand"),
        tuple(read_backfill(file, sql) for file, sql in read if file.part == "backfill"),
        tuple(each for file, each in statements.items() if file.part == "contract"),
    )


def _decoded(file: MigrationFile, text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise MigrationFailed(f"{file.path}:{line}: it is not UTF-8; save it as UTF-8") from error
