"""What one pending statement did on the scratch database: its locks, rewrites and time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.statements import Statement

LOCK_MODES = (
    "AccessShare",
    "RowShare",
    "RowExclusive",
    "ShareUpdateExclusive",
    "Share",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
)
"""From the weakest to the strongest; from Share on a table's writers wait, at the last its readers
too.
"""
_STOPS_WRITERS = LOCK_MODES.index("Share")
_TWIN = (
    "add a new column beside the old one and fill it by a backfill file, or say in a waiver why "
    "the table is small"
)
_IN_TWO = (
    "make an index CONCURRENTLY, add a constraint NOT VALID and VALIDATE it in a statement of its "
    "own, or say in a waiver why the table is small"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`locks` has the strongest mode on each relation that was there before the release, by its
    name then, `schema.name`; those outside `public` and in it alike. `rewritten` are those whose
    storage was made anew, `scanned` the tables that were read whole or by an index. `tables` are
    all that were there, `materialized` the views among them.

    `outside` is a statement that ran without a transaction: its locks come and go and are not
    known. Not `tried`: it reaches beyond the scratch database and was left out. `failed` is
    PostgreSQL's message where it did not apply.
    """

    statement: Statement
    milliseconds: float = 0.0
    locks: Mapping[str, str] = field(default_factory=dict)
    rewritten: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()
    tables: frozenset[str] = frozenset()
    materialized: frozenset[str] = frozenset()
    outside: bool = False
    tried: bool = True
    failed: str | None = None

    @property
    def waited_for(self) -> tuple[str, ...]:
        """The tables that it reads whole, or builds an index of, while their writers wait."""
        read = self.tables.intersection(self.scanned).difference(self.rewritten)
        return tuple(sorted(name for name in read if stops_writers(self.locks.get(name))))


def strongest(modes: Mapping[str, str], name: str, mode: str) -> str:
    """The stronger of the mode and the one that `modes` has for the relation already."""
    return max(mode, modes.get(name, mode), key=LOCK_MODES.index)


def stops_writers(mode: str | None) -> bool:
    """Whether a table's writers wait while somebody holds this lock."""
    return mode is not None and LOCK_MODES.index(mode) >= _STOPS_WRITERS


def measured_findings(measured: Measured) -> tuple[GateFinding, ...]:
    """What the measures say: it does not apply, it rewrites or empties a table, or reads all of it
    while blue waits.

    Rewrites and scans are a REVIEW: how long blue waits is a matter of the table's size, which the
    scratch database does not have and the owner knows.
    """
    if measured.failed is not None:
        where, _, why = measured.failed.partition(": ")
        line = int(where.rpartition(":")[2])
        breaks = f"it does not apply to the schema that the files before it make: {why}"
        finding = _finding(measured, "does-not-apply", breaks, "correct the statement")
        return (replace(finding, verdict="REFUSE", line=line),)
    return tuple(_finding(measured, *each) for each in _told(measured))


def _told(measured: Measured) -> Iterator[tuple[str, str, str]]:
    for name in sorted(measured.tables & {*measured.rewritten, *measured.scanned}):
        mode = measured.locks.get(name)
        if name not in measured.rewritten:
            if name in measured.waited_for:
                who = "reads and writes" if mode == "AccessExclusive" else "writes"
                says = f"{name} is read whole under the lock {mode}, and blue's {who} wait for it"
                yield "table-scan", says, _IN_TWO
        elif name in measured.materialized:
            says = f"{name} is computed anew, and blue's queries of it wait until the end"
            yield "refresh-locks", says, f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name}"
        elif name in measured.scanned or measured.outside:
            says = f"{name} is written anew with its indexes, and blue's statements on it wait"
            yield "table-rewrite", f"{says} until the end", _TWIN
        else:
            says = f"{name} is emptied, and blue may read what was in it"
            yield "truncate", says, "empty it in the contract file"


def _finding(measured: Measured, rule: str, breaks: str, remedy: str) -> GateFinding:
    statement = measured.statement
    return GateFinding(
        path=statement.path,
        statement=statement.number,
        line=statement.line,
        rule=rule,
        layer="catalog",
        verdict="REVIEW",
        breaks=breaks,
        remedy=remedy,
    )
