"""`statements/<name>.json`: one way in which a release's code reads or writes a kind of item."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from handlers.domain.findings import Finding
from handlers.domain.items.attributes import Declared, read_attributes, read_key
from handlers.domain.reading.forms import ATTRIBUTE, DYNAMO_NAME, NAMED, TABLE_KEY
from handlers.domain.reading.inspection import Inspection, at_most
from handlers.domain.reading.json_lines import find_json_lines
from handlers.domain.reading.parsing import load_json
from handlers.domain.reading.places import Path, Places, show
from handlers.domain.reading.section import Section

Does = Literal["reads", "puts", "updates"]
WAYS: tuple[Does, ...] = ("reads", "puts", "updates")
KEYS = ("table", "item", "key", "index", *WAYS, "removes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one statement of the code needs or makes of an item.

    `reads`: the attributes that it uses, by the table's key or by that of `index`; an optional one
    it can do without. `puts`: the whole item as it is written; an optional one only some items
    have. `updates`: the attributes that it sets on an item that may be there already, and those
    that it `removes`. `item` is the kind of item, for tables that hold several.
    """

    path: str
    table: str
    item: str
    does: Does
    key: Mapping[str, str]
    attributes: Mapping[str, Declared]
    index: str | None
    removes: tuple[str, ...]
    lines: Mapping[Path, int]

    @property
    def kind(self) -> tuple[str, str]:
        """Table and kind of item: what reads and writes are held against each other by."""
        return self.table, self.item

    def line(self, *path: str) -> int:
        """The line of a key of the file, or of what should hold it."""
        held = (path[:length] for length in range(len(path), 0, -1))
        return next((self.lines[part] for part in held if part in self.lines), 1)

    def of(self, attribute: str) -> Declared | None:
        """What the shape says of an attribute; its key attributes are always there."""
        if attribute in self.key:
            return Declared(frozenset({self.key[attribute]}))
        return self.attributes.get(attribute)


def read_shape(text: str, path: str) -> tuple[Shape | None, list[Finding]]:
    """The shape that a file declares, or all findings at once."""
    values, findings = load_json(text, path)
    if findings:
        return None, findings
    if not isinstance(values, Mapping):
        what = f"the declaration is {show(values)}"
        return None, [Finding("WrongType", path, what, "write an object with table, key and reads")]
    lines = find_json_lines(text)
    inspection = Inspection(Places(path, lines))
    shape = _read(Section(inspection, (), values, keys=KEYS), path, lines)
    return (None if inspection.findings else shape), at_most(inspection.findings)


def _read(document: Section, path: str, lines: Mapping[Path, int]) -> Shape:
    document.one_of(WAYS, "the declaration")
    does = next((way for way in WAYS if document.has(way)), "reads")
    table = document.text("table", TABLE_KEY, required=True) or ""
    for name, way in (("index", "reads"), ("removes", "updates")):
        if document.has(name) and not document.has(way):
            what = f"{name} stands beside {does}"
            document.report("Conflict", name, what, f"leave it out: it belongs to {way}")
    key, attributes = read_key(document, "key"), read_attributes(document, does)
    removes = document.texts("removes", ATTRIBUTE, most=500) or ()
    for name in sorted(key.keys() & attributes.keys()):
        what = f"{name} is a key attribute and listed again"
        document.inspection.report("Duplicate", (does, name), what, "leave it out there")
    for name in sorted({*key, *attributes} & set(removes)):
        what = f"{name} is removed, and it is also set or a key"
        document.report("Conflict", "removes", what, "write it in one place")
    return Shape(
        path=path,
        table=table,
        item=document.text("item", NAMED) or table,
        does=cast(Does, does),
        key=key,
        attributes=attributes,
        index=document.text("index", DYNAMO_NAME),
        removes=removes,
        lines=lines,
    )
