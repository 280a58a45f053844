"""Names as a syntax tree has them, as the catalog would have them, and as SQL writes them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_RESERVED_WORDS = """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast
    check collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user default
    deferrable desc distinct do else end except false fetch for foreign freeze from full grant
    group having ilike in initially inner intersect into is isnull join lateral leading left
    like limit localtime localtimestamp natural not notnull null offset on only or order outer
    overlaps placing primary references returning right select session_user similar some
    symmetric system_user table tablesample then to trailing true union unique user using
    variadic verbose when where window with
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())


def ident(name: str) -> str:
    """A name as SQL writes it: in quotes where it needs them."""
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def dotted(parts: Iterable[str]) -> str:
    """A qualified name as SQL writes it."""
    return ".".join(ident(part) for part in parts)


def parts(relation: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of a RangeVar, schema first where it is written."""
    schema, name = relation.get("schemaname"), relation["relname"]
    return (schema, name) if schema else (name,)


def written(relation: Mapping[str, Any]) -> str:
    """A RangeVar as SQL writes it."""
    return dotted(parts(relation))


def strings(nodes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts of a list of String nodes, others left out."""
    return tuple(node["String"].get("sval", "") for node in nodes if "String" in node)


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
