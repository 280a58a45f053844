"""Code that a migration runs: its statements are hidden from the rules."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import dotted, strings
from handlers.domain.schema.gate.rules.namespaces import counts_otherwise
from handlers.domain.schema.gate.rules.rule import Case, Judge, Node, Risk, Rule
from handlers.domain.schema.gate.rules.session import set_by
from handlers.domain.schema.gate.rules.tree import nodes, option
from handlers.domain.schema.gate.rules.volatility import known
from handlers.domain.schema.lexer import tokens
from handlers.errors import MigrationFailed

OPAQUE_CODE = Rule("opaque-code", "REVIEW", "code that a migration runs does what no rule sees")
HIDDEN_CHANGE = Rule("hidden-change", "REFUSE", "code drops, renames or empties what blue may use")
RULES = (OPAQUE_CODE, HIDDEN_CHANGE)

_REMOVES = frozenset(("DROP", "TRUNCATE", "RENAME", "DELETE", "REVOKE", "DETACH"))
_WRITTEN_OUT = "write its statements out, one by one, so that each can be judged"


def _do(case: Case) -> Iterator[Risk]:
    found = option(case.node["args"], "as")
    yield _of_body("the DO block", strings([found["arg"]])[0] if found else "")


def _call(case: Case) -> Iterator[Risk]:
    yield _of_call(case, strings(case.node["funccall"]["funcname"]))


def calls(case: Case) -> Iterator[Risk]:
    """The functions that a statement calls, beside those that only compute."""
    seen: set[tuple[str, ...]] = set()
    for _, node in nodes(case.node, "FuncCall"):
        name = strings(node["funcname"])
        if name[-1] == "setval":
            yield from _setval(case, node)
        elif name[-1] == "set_config":
            yield from set_by(case, *_texts(node)[:2])
        elif name not in seen and not known(name):
            seen.add(name)
            yield _of_call(case, name)


def _texts(node: Node) -> tuple[str, ...]:
    """The arguments that are strings; others are empty."""
    arguments = [each.get("A_Const", {}) for each in node.get("args", ())]
    return (*(each.get("sval", {}).get("sval", "") for each in arguments), "", "")


def _setval(case: Case, node: Node) -> Iterator[Risk]:
    name = _texts(node)[0]
    if not case.release.made("relation", case.release.key(name.split("."))):
        yield counts_otherwise(name or "that sequence")


def _of_call(case: Case, name: tuple[str, ...]) -> Risk:
    body = case.release.body(case.release.key(name))
    return _of_body(f"{dotted(name)}()", body or "")


def _of_body(what: str, body: str) -> Risk:
    removes = sorted(_words(body) & _REMOVES)
    if removes:
        return HIDDEN_CHANGE.says(
            f"{what} says {removes[0]}, and what blue loses by it is hidden in code", _WRITTEN_OUT
        )
    return OPAQUE_CODE.says(
        f"what {what} does to blue's tables and locks is hidden in code",
        f"{_WRITTEN_OUT}; let it pass if it only does what blue can bear",
    )


def _words(body: str) -> frozenset[str]:
    """The words of code, and those of the strings in it, which it may execute."""
    try:
        found = list(tokens("", body))
    except MigrationFailed:
        return _REMOVES
    bare = {token.word for token in found if token.kind == "word"}
    if "EXECUTE" in bare:
        texts = " ".join(
            token.text for token in found if token.kind in ("string", "escape", "dollar")
        )
        bare |= {word.strip("'\"$();,").upper() for word in texts.split()}
    return frozenset(bare)


STATEMENTS: dict[str, Judge] = {"DoStmt": _do, "CallStmt": _call}
