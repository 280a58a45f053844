"""The shapes and migrations of a bundle, read and judged."""

from dataclasses import dataclass, field
from typing import TypeVar

from handlers.adapters.bundles import BundleStore, OpenBundle
from handlers.domain.bundle.bundle import LARGEST_SQL
from handlers.domain.bundle.entries import read_entry
from handlers.domain.bundle.migration_files import Part, parse_migration_path
from handlers.domain.findings import Finding
from handlers.domain.items.changes import ItemsMigration
from handlers.domain.items.migrations import read_items_migration
from handlers.domain.items.shapes import Shape, read_shape
from handlers.domain.messages import BundleRef
from handlers.domain.reading.parsing import decode_utf8
from handlers.errors import MigrationFailed, PlanRejected

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declarations:
    """What a bundle says of items: its shapes, and its migrations in the order of their numbers."""

    shapes: tuple[Shape, ...] = ()
    migrations: tuple[ItemsMigration, ...] = field(default=())

    def of(self, *parts: Part) -> tuple[ItemsMigration, ...]:
        """The migrations of these parts."""
        return tuple(each for each in self.migrations if each.file.part in parts)


def read_declarations(bundles: BundleStore, ref: BundleRef | None) -> Declarations:
    """The declarations of the very bundle that `ref` names; none where it is None.

    Raises MigrationFailed when the bundle or a file cannot be read.
    """
    if ref is None:
        return Declarations()
    if ref.bucket != bundles.bucket:
        raise MigrationFailed(
            f"the bundle is in {ref.bucket}, not in {bundles.bucket}; plan it again"
        )
    try:
        with bundles.open(ref.key, ref.version, ref.digest) as bundle:
            return _read(bundle)
    except PlanRejected as error:
        raise MigrationFailed(f"the bundle {ref.key} cannot be read: {error}") from error


def _read(bundle: OpenBundle) -> Declarations:
    names = sorted(name for name in bundle.zip.namelist() if name.endswith(".json"))
    shapes, migrations = [], []
    for name in names:
        if name.startswith("statements/"):
            shapes.append(_found(read_shape(_text(bundle, name), name)))
        elif file := parse_migration_path(name):
            migrations.append(_found(read_items_migration(_text(bundle, name), file)))
    return Declarations(tuple(shapes), tuple(migrations))


def _text(bundle: OpenBundle, name: str) -> str:
    return _found(decode_utf8(read_entry(bundle.zip, name, LARGEST_SQL), name))


def _found(read: tuple[T | None, list[Finding]]) -> T:
    found, findings = read
    if found is None:
        raise PlanRejected(findings)
    return found
