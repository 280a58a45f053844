"""Types as a syntax tree has them, written as PostgreSQL's `format_type` writes them."""

import re

from handlers.domain.schema.gate.rules.names import dotted, strings
from handlers.domain.schema.gate.rules.tree import Node

_LONG = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "varbit": "bit varying",
    "decimal": "numeric",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_FORM = re.compile(r"([a-z ]+?)(?:\(([0-9, ]+)\))?( with(?:out)? time zone)?")
_NO_LIMIT = {"character varying": ("character varying", "text"), "bit varying": ("bit varying",)}
_BY_LENGTH = frozenset(
    (
        "character varying",
        "bit varying",
        "timestamp without time zone",
        "timestamp with time zone",
        "time without time zone",
        "time with time zone",
    )
)


def type_text(node: Node) -> str:
    """A TypeName as `format_type` writes it; a type of the user's as it stands in the tree."""
    names = strings(node["names"])
    base = _LONG.get(names[-1], names[-1]) if _builtin(names) else dotted(names)
    sizes = [each["A_Const"]["ival"].get("ival", 0) for each in _sizes(node)]
    if base == "numeric" and len(sizes) == 1:
        sizes.append(0)
    if sizes and base != "interval":
        words = base.split(" ", 1) if " time zone" in base else [base]
        base = " ".join([f"{words[0]}({','.join(map(str, sizes))})", *words[1:]])
    return base + "[]" * bool(node.get("arrayBounds"))


def widens(old: str, new: str) -> bool:
    """Whether PostgreSQL changes a column from the old to the new type by its catalog alone, and
    every value of the old fits.
    """
    before, after = _split(old), _split(new)
    if before is None or after is None:
        return False
    (base, sizes), (to, limits) = before, after
    if base == "text":
        return (to, limits) == ("character varying", ())
    if base == "numeric" == to:
        return bool(sizes) and (not limits or _more_digits(sizes, limits))
    if base == "cidr":
        return to == "inet"
    if not limits:
        same = base == to and base in _BY_LENGTH
        return same or to in _NO_LIMIT.get(base, ())
    return base == to and base in _BY_LENGTH and bool(sizes) and limits[0] >= sizes[0]


def _more_digits(sizes: tuple[int, ...], limits: tuple[int, ...]) -> bool:
    """A wider numeric keeps its scale: another one rewrites the table."""
    scale, wider = (*sizes, 0)[1], (*limits, 0)[1]
    return limits[0] >= sizes[0] and scale == wider


def _split(text: str) -> tuple[str, tuple[int, ...]] | None:
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    sizes = tuple(int(each) for each in (found[2] or "").replace(" ", "").split(",") if each)
    return f"{found[1]}{found[3] or ''}", sizes


def _builtin(names: tuple[str, ...]) -> bool:
    return len(names) == 1 or names[0] == "pg_catalog"


def _sizes(node: Node) -> list[Node]:
    sizes = node.get("typmods", [])
    return sizes if all("ival" in each.get("A_Const", {}) for each in sizes) else []
