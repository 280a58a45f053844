"""Walking a syntax tree and citing its text; nothing here recurses, as trees may be deep."""

from collections.abc import Iterator, Mapping
from typing import Any

from handlers.domain.schema.gate.parsed import Parsed
from handlers.domain.schema.gate.rules.names import strings
from handlers.domain.schema.lexer import tokens

Node = Mapping[str, Any]
_DEPTH = {"(": 1, "[": 1, ")": -1, "]": -1}


def nodes(tree: Any, *kinds: str) -> Iterator[tuple[str, Node]]:
    """Every node of these kinds anywhere in the tree, with its kind."""
    open_ = [tree]
    while open_:
        here = open_.pop()
        if isinstance(here, Mapping):
            for key, value in here.items():
                if key in kinds and isinstance(value, Mapping):
                    yield key, value
                if isinstance(value, (Mapping, list)):
                    open_.append(value)
        else:
            open_ += here


def columns_in(tree: Any) -> frozenset[str]:
    """The last names of all column references: `a` of `t.a`."""
    found = (strings(node["fields"]) for _, node in nodes(tree, "ColumnRef"))
    return frozenset(names[-1] for names in found if names)


def functions_in(tree: Any) -> tuple[tuple[str, ...], ...]:
    """The qualified names of all functions that are called."""
    return tuple(strings(node["funcname"]) for _, node in nodes(tree, "FuncCall"))


def cited(statement: Parsed, node: Node) -> str:
    """The text from where the node begins to the comma or end of its list."""
    begin = statement.text.encode()[node.get("location", 0) :].decode()
    depth, end = 0, len(begin)
    for token in tokens(statement.path, begin):
        depth += _DEPTH.get(token.text, 0)
        if depth < 0 or (token.text == "," and not depth):
            end = token.start
            break
    return " ".join(begin[:end].split())


def option(options: list[Node], name: str) -> Node | None:
    """The DefElem of that name among the options of a statement."""
    elements = (each["DefElem"] for each in options if "DefElem" in each)
    return next((each for each in elements if each["defname"] == name), None)


def switched(options: list[Node], name: str) -> bool:
    """Whether a boolean option is there and not switched off."""
    found = option(options, name)
    if found is None or "arg" not in found:
        return found is not None
    said = next(iter(found["arg"].values()))
    word = str(said.get("sval", said.get("boolval", said.get("ival", 0)))).lower()
    return word not in ("false", "off", "0", "no")
