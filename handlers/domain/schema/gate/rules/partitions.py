"""Partitions and inheritance: which rows blue finds, and whether its own find a place."""

from collections.abc import Iterator, Sequence

from handlers.domain.schema.gate.rules.names import ident, written
from handlers.domain.schema.gate.rules.rule import Case, Change, JudgeChange, Node, Risk, Rule

DETACH_PARTITION = Rule("detach-partition", "REFUSE", "blue's rows find no partition")
ATTACH_PARTITION = Rule("attach-partition", "REVIEW", "a partition brings rows, and locks or scans")
INHERIT = Rule("inherit", "REVIEW", "blue's queries of the parent get or lose the child's rows")
RULES = (DETACH_PARTITION, ATTACH_PARTITION, INHERIT)


def new_child(case: Case, parents: Sequence[Node], *, partition: bool) -> Iterator[Risk]:
    """CREATE TABLE … PARTITION OF, or INHERITS."""
    for parent in parents:
        name = written(parent)
        if case.release.new(parent):
            continue
        if partition:
            made = written(case.node["relation"])
            yield ATTACH_PARTITION.says(
                f"every query of {name} waits for its AccessExclusive lock, and a default "
                "partition is read meanwhile",
                f"CREATE TABLE {made} (LIKE {name} INCLUDING ALL); ALTER TABLE {name} ATTACH "
                f"PARTITION {made} …, which lets them read and write",
            )
        else:
            yield _inherits(name)


def _inherits(parent: str) -> Risk:
    return INHERIT.says(
        f"blue's queries of {parent} without ONLY read and write other rows than before",
        "let it pass if the child has no rows that blue must not see",
    )


def _detach(change: Change) -> Iterator[Risk]:
    child = written(change.command["def"]["PartitionCmd"]["name"])
    yield DETACH_PARTITION.says(
        f"blue's INSERTs into {change.table} for {child} fail with 23514, and its reads miss the "
        "rows",
        change.case.to_contract(),
    )


def attach(change: Change) -> Iterator[Risk]:
    """ATTACH PARTITION to a table, or of an index's part to an index, which is instant."""
    if change.objtype == "OBJECT_INDEX":
        return
    child = change.command["def"]["PartitionCmd"]["name"]
    name, bound = written(child), ident(f"{child['relname']}_bound")
    yield ATTACH_PARTITION.says(
        f"blue's queries of {change.table} find the rows of {name}, which takes no others and is "
        "read under its lock unless a valid CHECK says that they belong there",
        f"ALTER TABLE {name} ADD CONSTRAINT {bound} CHECK (…) NOT VALID, "
        "VALIDATE it, ATTACH, and drop it; let it pass if blue may see the rows",
    )


def inherit(change: Change) -> Iterator[Risk]:
    """INHERIT or NO INHERIT: it is the parent whose readers see the difference."""
    yield _inherits(written(change.command["def"]["RangeVar"]))


def _finalize(_: Change) -> Iterator[Risk]:
    """DETACH … FINALIZE ends what an earlier statement began."""
    return iter(())


COMMANDS: dict[str, JudgeChange] = {
    "AT_DetachPartition": _detach,
    "AT_DetachPartitionFinalize": _finalize,
    "AT_AttachPartition": attach,
    "AT_AddInherit": inherit,
    "AT_DropInherit": inherit,
}
