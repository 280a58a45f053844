"""How far the database's replicas are behind: readers of blue's would see old rows."""

from dataclasses import dataclass, field

from handlers.adapters.database.session import Refused, Session

_AURORA = "SELECT to_regproc('aurora_replica_status') IS NOT NULL"
_AURORA_LAG = """
SELECT max(replica_lag_in_msec) / 1000.0 FROM aurora_replica_status()
WHERE session_id <> 'MASTER_SESSION_ID'
"""
_LAG = """
SELECT CAST(extract(epoch FROM max(replica.replay_lag)) AS double precision),
       bool_or(replica.state IS NULL)
FROM pg_stat_replication AS replica
WHERE NOT EXISTS (
    SELECT FROM pg_replication_slots AS slot
    WHERE slot.active_pid = replica.pid AND slot.slot_type = 'logical')
"""
_INSUFFICIENT_PRIVILEGE = "42501"


@dataclass(slots=True)
class Replicas:
    """Asks through one session. `note` says, once anything was hidden from us, that we cannot see
    it.

    Subscribers of logical replication do not count: they serve no reader of this database.
    """

    session: Session
    note: str = field(default="", init=False)
    _aurora: bool | None = field(default=None, init=False)

    def lag(self) -> float:
        """Seconds that the slowest replica is behind; 0.0 without one, and where we may not see."""
        try:
            return max(self._physical(), self._of_aurora())
        except Refused as refused:
            if refused.code != _INSUFFICIENT_PRIVILEGE:
                raise
            self._hidden()
            return 0.0

    def _physical(self) -> float:
        lag, hidden = self.session.run(_LAG)[0]
        if hidden:
            self._hidden()
        return float(lag or 0)

    def _of_aurora(self) -> float:
        if self._aurora is None:
            self._aurora = bool(self.session.value(_AURORA))
        return float(self.session.value(_AURORA_LAG) or 0) if self._aurora else 0.0

    def _hidden(self) -> None:
        user = self.session.login.user
        self.note = (
            "how far replicas are behind could not be seen, so it did not pause for them; "
            f'run: GRANT pg_monitor TO "{user}"'
        )
