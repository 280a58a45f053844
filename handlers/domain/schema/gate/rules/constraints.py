"""Constraints of a table that blue writes: what blue may not write any more, and who waits."""

from collections.abc import Iterator
from dataclasses import replace

from handlers.domain.schema.gate.rules.change_column import binds_blue, set_not_null
from handlers.domain.schema.gate.rules.foreign_keys import add_foreign_key
from handlers.domain.schema.gate.rules.keys import add_exclusion, add_primary_key, add_unique
from handlers.domain.schema.gate.rules.names import ident, strings
from handlers.domain.schema.gate.rules.rule import Change, JudgeChange, Node, Risk, Rule
from handlers.domain.schema.gate.rules.tree import cited, columns_in, nodes
from handlers.domain.schema.gate.rules.waiting import TABLE_SCAN

CHECK_BINDS_BLUE = Rule("check-binds-blue", "REVIEW", "a CHECK refuses rows that blue may write")
DROP_CONSTRAINT = Rule(
    "drop-constraint", "REVIEW", "blue's ON CONFLICT may need it, and blue may rely on it"
)
CHANGE_CONSTRAINT = Rule(
    "change-constraint", "REVIEW", "a constraint is held at another time, or held no more"
)
RULES = (CHECK_BINDS_BLUE, DROP_CONSTRAINT, CHANGE_CONSTRAINT)


def _add(change: Change) -> Iterator[Risk]:
    node = change.command["def"]["Constraint"]
    kind = node["contype"]
    if kind == "CONSTR_CHECK":
        yield from _check(change, node)
    elif kind == "CONSTR_FOREIGN":
        yield from add_foreign_key(change, node, strings(node.get("fk_attrs", ())), scans=True)
    elif kind == "CONSTR_UNIQUE":
        yield from add_unique(change, node)
    elif kind == "CONSTR_PRIMARY":
        yield from add_primary_key(change, node)
    elif kind == "CONSTR_EXCLUSION":
        yield from add_exclusion(change)
    else:
        yield from _not_null(change, node)
    if node.get("conname"):
        change.make("constraint", node["conname"])


def _check(change: Change, node: Node) -> Iterator[Risk]:
    if not node.get("is_enforced"):
        return
    named = node.get("conname")
    name = ident(named or f"{change.key[-1]}_check")
    if not node.get("skip_validation"):
        text = cited(change.case.statement, node)
        said = text if named else f"CONSTRAINT {name} {text}"
        yield TABLE_SCAN.says(
            f"all of {change.table} is read while every query of it waits",
            f"ALTER TABLE {change.table} ADD {said} NOT VALID; "
            f"ALTER TABLE {change.table} VALIDATE CONSTRAINT {name}",
        )
    if (column := _not_null_column(node)) is not None:
        yield from binds_blue(change, column)
        change.case.release.make("not-null-check", (*change.key, named or "", column))
        if not node.get("skip_validation"):
            change.make("not-null-valid", column)
    elif not _only_new(change, node):
        yield CHECK_BINDS_BLUE.says(
            f"blue's rows that do not satisfy {name} are refused in {change.table} with 23514, "
            "NOT VALID or not",
            "let it pass if blue writes no such row; else move it to "
            f"{change.case.part('contract')}",
        )


def _not_null_column(node: Node) -> str | None:
    """The column of `CHECK (c IS NOT NULL)`."""
    test = node["raw_expr"].get("NullTest")
    if test is None or test.get("nulltesttype") != "IS_NOT_NULL" or "ColumnRef" not in test["arg"]:
        return None
    names = strings(test["arg"]["ColumnRef"]["fields"])
    return names[-1] if names else None


def _only_new(change: Change, node: Node) -> bool:
    """Whether blue passes by leaving out what it does not know: a CHECK of NULL holds."""
    used = columns_in(node["raw_expr"])
    strict = not any(nodes(node, "NullTest", "CoalesceExpr", "FuncCall"))
    return strict and bool(used) and all(change.made("column", each) for each in used)


def _not_null(change: Change, node: Node) -> Iterator[Risk]:
    for column in strings(node.get("keys", ())):
        if node.get("skip_validation"):
            yield from binds_blue(change, column)
        else:
            yield from set_not_null(replace(change, command={"name": column}))


def _validate(change: Change) -> Iterator[Risk]:
    """Reads under a lock that lets everybody read and write."""
    constraint = (*change.key, change.name)
    for column in change.case.release.made_parts("not-null-check", constraint):
        change.make("not-null-valid", column)
    return iter(())


def _drop(change: Change) -> Iterator[Risk]:
    if not change.made("constraint", change.name):
        yield DROP_CONSTRAINT.says(
            f"if {change.column} is unique, blue's ON CONFLICT on it fails with 42P10; if it is a "
            f"rule for rows, green may write what blue cannot read",
            f"{change.case.to_contract()}; let it pass if it only gives way to a looser one",
        )


def _change(change: Change) -> Iterator[Risk]:
    name = ident(change.command.get("def", {}).get("ATAlterConstraint", {}).get("conname", ""))
    yield CHANGE_CONSTRAINT.says(
        f"{name} of {change.table} is checked at another moment than blue expects, or not at all",
        "let it pass if blue does not handle its violation",
    )


COMMANDS: dict[str, JudgeChange] = {
    "AT_AddConstraint": _add,
    "AT_ValidateConstraint": _validate,
    "AT_DropConstraint": _drop,
    "AT_AlterConstraint": _change,
}
