"""The names that a finding on DynamoDB's items may have, and what each means in one line."""

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "attribute-in-use": "a contract removes an attribute that a version still reads",
    "attribute-not-written": "blue reads an attribute, and green puts items without it",
    "attribute-read-too-early": "green needs an attribute that blue goes on leaving out",
    "attribute-removed": "green takes an attribute away that blue reads",
    "attribute-still-written": "a contract removes an attribute that a version goes on writing",
    "backfill-before-writers": "blue goes on writing items without the attribute that is filled in",
    "index-differs": "the table has an index of that name already, made otherwise",
    "index-in-use": "a contract removes an index that a version still reads by",
    "index-key-type": "DynamoDB refuses to write a value of another type into an index's key",
    "index-missing": "green reads by an index that neither is there nor is added",
    "item-not-written": "blue reads a kind of item that green puts no more",
    "key-changed": "the key of a table or index is declared otherwise than it is",
    "key-immutable": "a key is set or removed, which no update can do",
    "type-changed": "an attribute has another type for green than for blue",
}
