"""An attribute as a shape declares it: `S`, `S|NULL`, `N?`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from handlers.domain.reading.forms import ATTRIBUTE, ATTRIBUTE_TYPES, KEY_TYPE
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Form, Section

MOST_ATTRIBUTES = 500


@dataclass(frozen=True, slots=True)
class Declared:
    """The DynamoDB types that an attribute may have, and whether it may be missing."""

    types: frozenset[str]
    optional: bool = False

    def __str__(self) -> str:
        return "|".join(sorted(self.types)) + ("?" if self.optional else "")


def read_attributes(section: Section, key: str) -> dict[str, Declared]:
    """The attributes under `key`; what is wrong with them goes to the inspection."""
    return {
        name: Declared(frozenset(text.removesuffix("?").split("|")), text.endswith("?"))
        for name, text in _typed(section, key, ATTRIBUTE_TYPES)
    }


def read_key(section: Section, key: str) -> dict[str, str]:
    """The one or two key attributes under `key` with their types."""
    found = dict(_typed(section, key, KEY_TYPE, required=True))
    written = section.values.get(key)
    if isinstance(written, Mapping) and len(written) not in (1, 2):
        what = f"{key} has {len(written)} attributes"
        section.report("OutOfRange", key, what, "write the partition key, and the sort key if any")
    return found


def _typed(
    section: Section, key: str, form: Form, *, required: bool = False
) -> Iterator[tuple[str, str]]:
    table: Mapping[str, object] = section.table(key, required=required) or {}
    if len(table) > MOST_ATTRIBUTES:
        do = f"write at most {MOST_ATTRIBUTES}"
        section.report("OutOfRange", key, f"{key} has {len(table)} attributes", do)
    inner = Section(section.inspection, (*section.path, key), table, keys=table)
    for name in table:
        if not ATTRIBUTE.fits(name):
            what = f"{show(name)} is not an attribute's name"
            inner.report("BadValue", name, what, f"name it as {ATTRIBUTE.says}")
        elif (text := inner.text(name, form)) is not None:
            yield name, text
