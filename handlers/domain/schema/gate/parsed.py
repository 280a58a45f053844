"""A statement as PostgreSQL's own parser reads it, in plain JSON types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement: its number from 1 and its first line in the file, and its syntax tree.

    `kind` is the tree's only node, such as `AlterTableStmt`, and `tree` what is in it, in the JSON
    form of libpg_query.
    """

    path: str
    number: int
    line: int
    text: str
    kind: str
    tree: Mapping[str, Any]
