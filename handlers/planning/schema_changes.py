"""What a release may change of the schema, written down with the claim: an execution that is
stopped tells nobody how far its migrator came, and going back past it needs to know.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.domain.bundle.migration_files import titles_of
from handlers.domain.earlier import unsettled
from handlers.domain.record import Record
from handlers.planning.resolve import Resolved

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def with_schema_changes(tools: "Tools", record: Record, resolved: Resolved) -> Record:
    """The record with the migrations of its bundle that no released deployment has had."""
    paths = resolved.bundle.migrations if resolved.bundle else ()
    titles = sorted({*titles_of(paths, "expand"), *titles_of(paths, "backfill")})
    if not titles:
        return record
    known = tools.history.changes(record.service)
    return replace(record, schema_changes=unsettled(titles, known))
