"""Statements that run in no transaction and, on the Data API, in no session either: which may, and
when they are over.
"""

import time
from collections.abc import Sequence

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.session import Refused, Session, StillRuns
from handlers.domain.schema.local_settings import LocalSetting
from handlers.domain.schema.table_locks import locks_a_table

POLL_SECONDS = 2.0
_TOO_LATE = 2.0
_RUNS = """
SELECT count(*) FROM pg_stat_activity
WHERE state = 'active' AND pid <> pg_backend_pid() AND usename = current_user
  AND datname = current_database() AND strpos(query, :head) > 0
"""
_HEAD = 200
"""Characters of a statement that it is known by: the server shows 1,024 bytes of one."""
_OUTSIDE = "outside a transaction the Data API "
_UNBOUNDED = (
    f"{_OUTSIDE}lets no lock time-out be set, and this would make blue's statements queue behind "
    "it; leave it out, or let the migrator reach the database in its VPC"
)
_UNSET = (
    f"{_OUTSIDE}knows nothing of what the file has set before; qualify the names in it, and put it "
    "into a file without SET"
)


def refuse_unfit(sql: str, kept: Sequence[LocalSetting]) -> None:
    """Raises Refused for a statement that would lock a table for as long as it likes, or that
    stands on what its file has set.
    """
    if locks_a_table(sql):
        raise Refused({"C": "0A000", "M": _UNBOUNDED})
    if any(not setting.bounds for setting in kept):
        raise Refused({"C": "0A000", "M": _UNSET})


def wait_for_end(session: Session, sql: str, deadline: Deadline) -> None:
    """Returns when nobody of our name runs the statement. Raises StillRuns when the time is over
    before.
    """
    while session.value(_RUNS, head=sql[:_HEAD]):
        if deadline.left() <= _TOO_LATE:
            raise StillRuns
        time.sleep(POLL_SECONDS)
