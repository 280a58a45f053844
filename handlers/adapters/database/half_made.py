"""What statements outside a transaction leave behind when they fail or their migrator dies: found,
and put right.
"""

from typing import Any

from handlers.adapters.database.session import Refused, Session
from handlers.domain.schema.kinds import (
    CreateDatabase,
    DropIndex,
    Kind,
    MakeIndex,
    Reindex,
)
from handlers.errors import TransientDatabase

_INDEX = """
SELECT format('%I.%I', space.nspname, index.relname), found.indisvalid, found.indrelid::bigint
FROM pg_class AS on_table
JOIN pg_index AS found ON found.indrelid = on_table.oid
JOIN pg_class AS index ON index.oid = found.indexrelid
JOIN pg_namespace AS space ON space.oid = index.relnamespace
WHERE on_table.oid = to_regclass({table}) AND index.relname = {name}
"""
_LEFT_BY_REINDEX = """
SELECT format('%I.%I', space.nspname, index.relname)
FROM pg_index AS found
JOIN pg_class AS index ON index.oid = found.indexrelid
JOIN pg_namespace AS space ON space.oid = index.relnamespace
WHERE NOT found.indisvalid AND index.relname ~ '_cc(new|old)[0-9]*$'
  AND found.indrelid IN (
    SELECT to_regclass({name})
    UNION SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass({name}))
"""
_DATABASE = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)"
_BUILDER = """
SELECT pid FROM pg_stat_progress_create_index WHERE relid = {relid} AND pid <> pg_backend_pid()
"""

_UNSEEN = (
    "it outlasted the call that ran it, and nothing in the catalog tells how it ended; look "
    "whether it did its work, and take it out of the file"
)
_FAILED_UNSEEN = (
    "it outlasted the call that ran it and then failed, and only the database's log tells why; "
    "correct what it says there"
)


def clear(session: Session, kind: Kind) -> None:
    """Drops what an earlier try left invalid, so that IF NOT EXISTS cannot take it for the thing
    itself.

    Raises TransientDatabase while somebody else builds an index on the table.
    """
    if isinstance(kind, MakeIndex):
        name, valid, relid = _index(session, kind)
        if name and not valid:
            builder = session.value(_BUILDER.format(relid=relid))
            if builder:
                raise TransientDatabase(f"process {builder} builds an index on {kind.table}")
            session.run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    elif isinstance(kind, Reindex):
        for (name,) in _left_by_reindex(session, kind):
            session.run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def is_done(session: Session, kind: Kind) -> bool:
    """Whether a statement that was announced, and whose end nobody saw, did what it was to do."""
    if isinstance(kind, MakeIndex):
        name, valid, _ = _index(session, kind)
        return name is not None and valid
    if isinstance(kind, DropIndex):
        return bool(session.value(f"SELECT to_regclass({_literal(kind.name)}) IS NULL"))
    if isinstance(kind, CreateDatabase):
        return bool(session.value(_DATABASE, name=kind.name))
    return False


def believe(session: Session, kind: Kind) -> None:
    """Takes a statement that ended unseen for done where the catalog shows it.

    Raises Refused where it shows the contrary, or nothing.
    """
    if isinstance(kind, MakeIndex | DropIndex | CreateDatabase):
        done = is_done(session, kind)
    elif isinstance(kind, Reindex):
        done = not _left_by_reindex(session, kind)
    else:
        raise Refused({"M": _UNSEEN})
    if not done:
        raise Refused({"M": _FAILED_UNSEEN})


def refuse_building(session: Session, kind: MakeIndex) -> None:
    """Raises TransientDatabase when the index is there but not whole yet."""
    if not is_done(session, kind):
        raise TransientDatabase(f"another migrator builds the index {kind.name} on {kind.table}")


def _left_by_reindex(session: Session, kind: Reindex) -> list[list[Any]]:
    return session.run(_LEFT_BY_REINDEX.format(name=_literal(kind.name)))


def _index(session: Session, kind: MakeIndex) -> tuple[str | None, bool, int]:
    rows = session.run(_INDEX.format(table=_literal(kind.table), name=_literal(kind.name)))
    return tuple(rows[0]) if rows else (None, False, 0)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f" E'{escaped}'"
