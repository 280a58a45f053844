"""What a file says to its own session: settings, transactions, locks, prepared statements."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import ident, listed, written
from handlers.domain.schema.gate.rules.release import PUBLIC
from handlers.domain.schema.gate.rules.rule import Case, Judge, Node, Risk, Rule, nothing

OVERRIDES_TIMEOUTS = Rule("overrides-timeouts", "REVIEW", "the migrator's own time-outs are lifted")
SWITCHES_OFF_TRIGGERS = Rule(
    "switches-off-triggers", "REVIEW", "triggers and foreign keys do not see the file's changes"
)
TRANSACTION_CONTROL = Rule(
    "transaction-control", "REFUSE", "each statement runs in a transaction of its own"
)
LOCK_TABLE = Rule("lock-table", "REFUSE", "blue waits for a lock that nothing needs")
PREPARED_STATEMENT = Rule("prepared-statement", "REVIEW", "what is run is hidden behind a name")
RULES = (
    OVERRIDES_TIMEOUTS,
    SWITCHES_OFF_TRIGGERS,
    TRANSACTION_CONTROL,
    LOCK_TABLE,
    PREPARED_STATEMENT,
)
_TIMEOUTS = (
    "lock_timeout",
    "statement_timeout",
    "transaction_timeout",
    "idle_in_transaction_session_timeout",
    "client_connection_check_interval",
)


def _set(case: Case) -> Iterator[Risk]:
    if case.node["kind"] == "VAR_RESET_ALL":
        yield _without_timeouts("every setting")
        case.release.schema = PUBLIC
    else:
        yield from set_by(case, case.node.get("name", ""), _first(case.node) or "")


def set_by(case: Case, name: str, value: str) -> Iterator[Risk]:
    """A setting of the session, by SET, RESET or set_config()."""
    if name in _TIMEOUTS:
        yield _without_timeouts(name)
    elif name == "session_replication_role" and value not in ("", "origin"):
        yield SWITCHES_OFF_TRIGGERS.says(
            "rows are written that foreign keys and triggers, on which blue relies, have not seen",
            "take it out",
        )
    elif name == "search_path":
        case.release.schema = value.split(",", maxsplit=1)[0].strip(' "') or PUBLIC


def _without_timeouts(name: str) -> Risk:
    return OVERRIDES_TIMEOUTS.says(
        f"with {name} set by the file, blue's queries may queue behind the migration for "
        "as long as it waits for a lock",
        "take it out: the migrator sets short time-outs, and tries again",
    )


def _first(node: Node) -> str | None:
    """The first value, or the schema that unqualified names are made in from now on."""
    args = [each for each in node.get("args", ()) if "A_Const" in each]
    names = [each["A_Const"]["sval"].get("sval", "") for each in args if "sval" in each["A_Const"]]
    return next((name for name in names if name not in ("", "$user", "pg_catalog")), None)


def _transaction(case: Case) -> Iterator[Risk]:
    what = case.node["kind"].removeprefix("TRANS_STMT_")
    yield TRANSACTION_CONTROL.says(
        f"{what} would tear the migrator's transaction from its ledger row", "take it out"
    )


def _discard(_: Case) -> Iterator[Risk]:
    yield TRANSACTION_CONTROL.says("DISCARD lets go of the migrator's lock", "take it out")


def _lock(case: Case) -> Iterator[Risk]:
    tables = [written(each["RangeVar"]) for each in case.node["relations"]]
    yield LOCK_TABLE.says(
        f"blue's queries of {listed(tables)} wait for a lock that is gone when the statement ends",
        "take it out: each statement takes the lock that it needs",
    )


def _prepared(case: Case) -> Iterator[Risk]:
    name = ident(case.node.get("name") or case.node.get("portalname") or "it")
    yield PREPARED_STATEMENT.says(
        f"what {name} does to blue's rows is not seen where it is run",
        "write the statement out where it runs",
    )


STATEMENTS: dict[str, Judge] = {
    "VariableSetStmt": _set,
    "VariableShowStmt": nothing,
    "TransactionStmt": _transaction,
    "ConstraintsSetStmt": nothing,
    "LockStmt": _lock,
    "PrepareStmt": _prepared,
    "ExecuteStmt": _prepared,
    "DeallocateStmt": nothing,
    "DeclareCursorStmt": _prepared,
    "FetchStmt": _prepared,
    "ClosePortalStmt": nothing,
    "NotifyStmt": nothing,
    "ListenStmt": nothing,
    "UnlistenStmt": nothing,
    "DiscardStmt": _discard,
}
