"""ALTER TABLE and its kin, one subcommand after the other."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules import (
    change_column,
    composites,
    constraints,
    identities,
    partitions,
    table_switches,
)
from handlers.domain.schema.gate.rules.add_column import add_column
from handlers.domain.schema.gate.rules.foreign_keys import new_tables_keys
from handlers.domain.schema.gate.rules.names import written
from handlers.domain.schema.gate.rules.rule import Case, Change, Judge, JudgeChange, Risk
from handlers.domain.schema.gate.rules.tree import nodes
from handlers.domain.schema.gate.rules.unknown import unknown

_COMMANDS: dict[str, JudgeChange] = {
    "AT_AddColumn": add_column,
    **change_column.COMMANDS,
    **constraints.COMMANDS,
    **identities.COMMANDS,
    **partitions.COMMANDS,
    **table_switches.COMMANDS,
}


def _alter(case: Case) -> Iterator[Risk]:
    node, relation = case.node, case.node["relation"]
    key, objtype = case.release.relation(relation), node.get("objtype", "OBJECT_TABLE")
    if objtype == "OBJECT_TYPE":
        yield from composites.alter(case)
        return
    for each in node["cmds"]:
        command = each["AlterTableCmd"]
        change = Change(case, command, relation, written(relation), key, objtype)
        judge = _COMMANDS.get(command["subtype"])
        if judge is None:
            yield unknown(f"ALTER TABLE {command['subtype'].removeprefix('AT_')}")
        elif not case.release.new(relation):
            yield from judge(change)
        else:
            yield from _of_new(change)


def _of_new(change: Change) -> Iterator[Risk]:
    """What a relation that blue does not know does to one that it knows."""
    keys = [each for _, each in nodes(change.command, "Constraint") if "pktable" in each]
    yield from new_tables_keys(change.case, change.table, keys)
    if change.command["subtype"] == "AT_AttachPartition":
        child = change.command["def"]["PartitionCmd"]["name"]
        if not change.case.release.new(child):
            yield from partitions.attach(change)
    elif change.command["subtype"] in ("AT_AddInherit", "AT_DropInherit"):
        parent = change.command["def"]["RangeVar"]
        if not change.case.release.new(parent):
            yield from partitions.inherit(change)


STATEMENTS: dict[str, Judge] = {"AlterTableStmt": _alter}
