"""The key of a backfill in the catalog, and the batches of keys that follow one another."""

import json
from dataclasses import dataclass

from handlers.adapters.database.session import Session
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.errors import MigrationFailed

_COLUMN = """
SELECT on_table.oid IS NOT NULL, format_type(key.atttypid, key.atttypmod), key.attnotnull,
    EXISTS (
        SELECT FROM pg_index AS found
        JOIN pg_class AS index ON index.oid = found.indexrelid
        JOIN pg_am AS method ON method.oid = index.relam
        WHERE found.indrelid = on_table.oid AND found.indisvalid AND found.indpred IS NULL
          AND found.indkey[0] = key.attnum AND method.amname = 'btree')
FROM (SELECT to_regclass(:table) AS oid) AS on_table
LEFT JOIN pg_attribute AS key
  ON key.attrelid = on_table.oid AND key.attname = :key AND key.attnum > 0 AND NOT key.attisdropped
"""
_BATCH = """
WITH batch AS MATERIALIZED (SELECT {key} AS k FROM {table} {above} ORDER BY {key} LIMIT {size})
SELECT (SELECT batch.k::text FROM batch ORDER BY batch.k LIMIT 1),
       (SELECT batch.k::text FROM batch ORDER BY batch.k DESC LIMIT 1),
       (SELECT count(*) FROM batch)
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """The next keys: from `first` to `last` as text, so many of them. `last` is None at the end."""

    first: str | None
    last: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Keys:
    """The ordered keys of a backfill's table; `type` is the column's, as the catalog writes it."""

    session: Session
    table: str
    column: str
    type: str

    @classmethod
    def of(cls, session: Session, backfill: Backfill) -> "Keys":
        """Looks the key up. Raises MigrationFailed for one by which no batch could be found: not
        there, with nulls, or without an index.
        """
        header = backfill.header
        table = ".".join(_quoted(part) for part in header.table)
        there, kind, not_null, indexed = session.run(_COLUMN, table=table, key=header.key)[0]
        named = f"{'.'.join(header.table)}.{header.key}"
        wrong = None
        if not there:
            wrong = f"there is no table {'.'.join(header.table)}; correct its header"
        elif kind is None:
            wrong = f"there is no column {named}; correct its header"
        elif not not_null:
            wrong = f"{named} may be null, and such rows have no place in its order; choose another"
        elif not indexed:
            wrong = (
                f"no index of the table begins with {named}, so that each batch would read the "
                f"whole table; add CREATE INDEX CONCURRENTLY to an expand file, or choose another"
            )
        if wrong:
            raise MigrationFailed(f"{backfill.place}: {wrong}")
        return cls(session, table, _quoted(header.key), kind)

    def after(self, cursor: str | None, size: int) -> Batch:
        """The next `size` keys above the cursor, or from the very first one on."""
        above = "" if cursor is None else f"WHERE {self.column} > {self.value(cursor)}"
        query = _BATCH.format(key=self.column, table=self.table, above=above, size=size)
        return Batch(*self.session.run(query)[0])

    def ends(self) -> tuple[str, str]:
        """The lowest and the highest key as SQL expressions, NULL where there is no row; not every
        type that has an order has min().
        """
        ordered = "(SELECT {} FROM {} ORDER BY {} {} LIMIT 1)"
        said = (self.column, self.table, self.column)
        return ordered.format(*said, "ASC"), ordered.format(*said, "DESC")

    def estimate(self) -> int:
        """About how many keys there are, as the planner thinks: counting would read them all."""
        plan = self.session.value(f"EXPLAIN (FORMAT JSON) SELECT FROM {self.table}")
        read = json.loads(plan) if isinstance(plan, str) else plan
        return int(read[0]["Plan"]["Plan Rows"])

    def value(self, text: str) -> str:
        """A key as an SQL expression of its type."""
        escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
        return f"CAST( E'{escaped}' AS {self.type})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
