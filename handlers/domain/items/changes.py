"""A migration of DynamoDB's tables: an index to add, attributes to fill in, or what to remove."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from handlers.domain.bundle.migration_files import MigrationFile
from handlers.domain.reading.places import Path

Projection = Literal["ALL", "KEYS_ONLY"] | tuple[str, ...]
AttributeValue = Mapping[str, object]
"""A value as DynamoDB's API has it: `{"S": "web"}`."""


@dataclass(frozen=True, slots=True)
class IndexKey:
    """A key attribute of a table or an index, with its type and its role."""

    name: str
    type: str
    role: Literal["HASH", "RANGE"]


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. `projection` names the attributes that it has beside the keys."""

    name: str
    keys: tuple[IndexKey, ...]
    projection: Projection


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every item."""

    value: AttributeValue


@dataclass(frozen=True, slots=True)
class Copy:
    """The item's own value of another attribute, as a text or a number where `as_type` says so."""

    attribute: str
    as_type: Literal["S", "N"] | None


Source = Constant | Copy


@dataclass(frozen=True, slots=True)
class Pass:
    """How a whole table is gone through: `segments` at a time, items of `where` only, with at most
    so many capacity units a second, reads and writes together.
    """

    segments: int
    units_per_second: int
    where: Mapping[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class AddIndex:
    """An expand: one new index."""

    table: str
    index: Index


@dataclass(frozen=True, slots=True)
class FillIn:
    """A backfill: gives items the attributes that they do not have."""

    table: str
    sets: Mapping[str, Source]
    walk: Pass


@dataclass(frozen=True, slots=True)
class RemoveIndex:
    """A contract that deletes an index."""

    table: str
    index: str


@dataclass(frozen=True, slots=True)
class RemoveAttributes:
    """A contract that takes attributes off every item."""

    table: str
    attributes: tuple[str, ...]
    walk: Pass


Change = AddIndex | FillIn | RemoveIndex | RemoveAttributes


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsMigration:
    """One file and what it changes.

    `checksum` is of the change alone: neither blanks nor waivers belong to it. `waivers` are the
    reasons, by rule, for which a REVIEW passes.
    """

    file: MigrationFile
    change: Change
    checksum: str
    waivers: Mapping[str, str]
    lines: Mapping[Path, int]

    @property
    def path(self) -> str:
        """The file's path in the bundle."""
        return self.file.path

    @property
    def title(self) -> str:
        """`0002_by_state`."""
        return f"{self.file.number:04}_{self.file.name}"

    def line(self, *path: str) -> int:
        """The line of a key of the file, or of what should hold it."""
        held = (path[:length] for length in range(len(path), 0, -1))
        return next((self.lines[part] for part in held if part in self.lines), 1)
