"""Reads `migrations/NNNN_name.expand.json`, `.backfill.json` and `.contract.json`."""

import hashlib
import json
from collections.abc import Mapping
from typing import Literal, cast

from handlers.domain.bundle.migration_files import MigrationFile
from handlers.domain.findings import Finding
from handlers.domain.items.changes import (
    AddIndex,
    Change,
    FillIn,
    Index,
    IndexKey,
    ItemsMigration,
    RemoveAttributes,
    RemoveIndex,
)
from handlers.domain.items.passes import PASS_KEYS, read_pass, read_sources
from handlers.domain.reading.forms import ATTRIBUTE, DYNAMO_NAME, RULE, TABLE_KEY
from handlers.domain.reading.inspection import Inspection, at_most
from handlers.domain.reading.json_lines import find_json_lines
from handlers.domain.reading.parsing import load_json
from handlers.domain.reading.places import Places, show
from handlers.domain.reading.section import Section

KEYS = {
    "expand": ("table", "addIndex", "waivers"),
    "backfill": ("table", "set", *PASS_KEYS, "waivers"),
    "contract": ("table", "removeIndex", "removeAttributes", *PASS_KEYS, "waivers"),
}
PROJECTIONS: tuple[Literal["ALL"], Literal["KEYS_ONLY"]] = ("ALL", "KEYS_ONLY")
ROLES: tuple[Literal["HASH"], Literal["RANGE"]] = ("HASH", "RANGE")
MOST_PROJECTED = 100
"""Of all indexes of a table together: DynamoDB's own limit."""


def read_items_migration(
    text: str, file: MigrationFile
) -> tuple[ItemsMigration | None, list[Finding]]:
    """The change that a file declares, or all findings at once."""
    values, findings = load_json(text, file.path)
    if findings:
        return None, findings
    if not isinstance(values, Mapping):
        what = f"the migration is {show(values)}"
        return None, [Finding("WrongType", file.path, what, "write an object with its table")]
    lines = find_json_lines(text)
    inspection = Inspection(Places(file.path, lines))
    document = Section(inspection, (), values, keys=KEYS[file.part])
    table = document.text("table", TABLE_KEY, required=True) or ""
    change = _change(document, file, table)
    waivers = document.text_map("waivers", RULE)
    if inspection.findings or change is None:
        return None, at_most(inspection.findings)
    kept = {key: value for key, value in values.items() if key != "waivers"}
    canonical = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    checksum = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    found = ItemsMigration(
        file=file, change=change, checksum=checksum, waivers=waivers, lines=lines
    )
    return found, []


def _change(document: Section, file: MigrationFile, table: str) -> Change | None:
    if file.part == "expand":
        index = document.section("addIndex", ("name", "keys", "projection"), required=True)
        return AddIndex(table, _index(index)) if index else None
    if file.part == "backfill":
        return FillIn(table, read_sources(document), read_pass(document))
    document.one_of(("removeIndex", "removeAttributes"), "the contract")
    if document.has("removeIndex"):
        for key in PASS_KEYS:
            if document.has(key):
                what = f"{key} stands beside removeIndex"
                document.report("Conflict", key, what, "leave it out: it is for removeAttributes")
        return RemoveIndex(table, document.text("removeIndex", DYNAMO_NAME) or "")
    attributes = document.texts("removeAttributes", ATTRIBUTE, most=50) or ()
    if document.has("removeAttributes") and not attributes:
        what = "removeAttributes names no attribute"
        document.report("OutOfRange", "removeAttributes", what, "name those that nobody reads")
    return RemoveAttributes(table, attributes, read_pass(document))


def _index(section: Section) -> Index:
    name = section.text("name", DYNAMO_NAME, required=True) or ""
    keys: list[IndexKey] = []
    if not section.has("keys"):
        section.report("MissingKey", "keys", "keys is missing", "add a list of one or two keys")
    for path, item in section.items("keys", "key attributes", most=2):
        if not isinstance(item, Mapping):
            section.inspection.report("WrongType", path, f"it is {show(item)}", "write a table")
            continue
        key = Section(section.inspection, path, item, keys=("name", "type", "role"))
        keys.append(
            IndexKey(
                key.text("name", ATTRIBUTE, required=True) or "",
                key.word("type", ("S", "N", "B"), required=True) or "",
                cast(Literal["HASH", "RANGE"], key.word("role", ROLES, required=True)),
            )
        )
    roles = [key.role for key in keys]
    if section.has("keys") and roles not in (["HASH"], ["HASH", "RANGE"]):
        do = "write one key with the role HASH, and after it one with RANGE if any"
        section.report("Conflict", "keys", "the roles of the keys are no pair", do)
    elif len({key.name for key in keys}) < len(keys):
        section.report("Duplicate", "keys", "both keys are one attribute", "name two attributes")
    if isinstance(section.values.get("projection"), list):
        named = section.texts("projection", ATTRIBUTE, most=MOST_PROJECTED) or ()
        if not named:
            what = "projection names no attribute"
            section.report("OutOfRange", "projection", what, "write KEYS_ONLY for the keys alone")
        return Index(name, tuple(keys), named)
    word = section.word("projection", PROJECTIONS, required=True)
    return Index(name, tuple(keys), cast(Literal["ALL", "KEYS_ONLY"], word))
