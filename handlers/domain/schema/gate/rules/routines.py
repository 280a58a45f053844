"""Functions and procedures: what blue calls is replaced under it, or called by the migration."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import dotted, strings
from handlers.domain.schema.gate.rules.rule import Case, Judge, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import option
from handlers.domain.schema.gate.rules.type_names import type_text

CHANGE_FUNCTION = Rule(
    "change-function", "REVIEW", "blue's calls get another answer, or run under other terms"
)
RULES = (CHANGE_FUNCTION,)


def signature(node: Node) -> str:
    """The types of a function's arguments; `*` where none are written, as in DROP FUNCTION f."""
    if node.get("args_unspecified"):
        return "*"
    types = (each["TypeName"] for each in node.get("objargs", ()) if "TypeName" in each)
    return ", ".join(type_text(each) for each in types)


def _create(case: Case) -> Iterator[Risk]:
    node = case.node
    name = strings(node["funcname"])
    taken = ", ".join(_types(node))
    key = (*case.release.key(name), taken)
    made = case.release.made("function", key)
    if node.get("replace") and not made:
        yield CHANGE_FUNCTION.says(
            f"if {dotted(name)}({taken}) is there, blue's calls of it run the new body from now on",
            "let it pass if it is new or answers blue as before; else give the new one a new name",
        )
    else:
        case.release.make("function", key)
        case.release.make("function", (*key[:-1], "*"))
    case.release.note_body(key[:-1], _body(node))


def _types(node: Node) -> list[str]:
    """The types by which a call finds the function: those of what goes in."""
    parameters = [each["FunctionParameter"] for each in node.get("parameters", ())]
    inward = ("FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC")
    return [type_text(each["argType"]) for each in parameters if each["mode"] in inward]


def _body(node: Node) -> str:
    """The text of the body; empty for one that is parsed, whose words the parser has judged."""
    found = option(node.get("options", []), "as")
    items = found["arg"].get("List", {}).get("items", ()) if found else ()
    return "\n".join(strings(items))


def _alter(case: Case) -> Iterator[Risk]:
    node = case.node["func"]
    name = strings(node["objname"])
    if not case.release.made("function", (*case.release.key(name), signature(node))):
        yield CHANGE_FUNCTION.says(
            f"blue's calls of {dotted(name)} run with other rights, settings or guarantees",
            "let it pass if the answers stay the same",
        )


STATEMENTS: dict[str, Judge] = {"CreateFunctionStmt": _create, "AlterFunctionStmt": _alter}
