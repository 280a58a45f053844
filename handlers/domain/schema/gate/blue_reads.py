"""Which columns blue's statements read, as their syntax trees name them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.domain.schema.gate.parsed import Parsed
from handlers.domain.schema.gate.rules.names import strings
from handlers.domain.schema.gate.rules.tree import nodes

_EVERY = "*"


@dataclass(frozen=True, slots=True)
class Reads:
    """What one of blue's statements reads: names of tables, and names of columns of any of them,
    `*` among them where it reads all.
    """

    name: str
    tables: frozenset[str]
    columns: frozenset[str]

    def touches(self, table: str, columns: Iterable[str] = ()) -> bool:
        """Whether it reads the table, and one of the columns, or whatever the table has."""
        if table not in self.tables:
            return False
        asked = frozenset(columns)
        return not asked or _EVERY in self.columns or not asked.isdisjoint(self.columns)


def reads_of(name: str, parsed: Sequence[Parsed]) -> Reads:
    """What a statement reads; a column that it only writes is none of it."""
    tables: set[str] = set()
    columns: set[str] = set()
    for statement in parsed:
        whole = {statement.kind: statement.tree}
        tables |= {str(node["relname"]) for _, node in nodes(whole, "RangeVar")}
        for _, node in nodes(whole, "ColumnRef"):
            fields = node["fields"]
            said = strings([each for each in fields if "String" in each])
            columns.add(_EVERY if any("A_Star" in each for each in fields) else said[-1])
    return Reads(name, frozenset(tables), frozenset(columns))
