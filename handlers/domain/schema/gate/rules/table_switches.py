"""ALTER TABLE beside columns and constraints: storage, owners, triggers, row security."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import ident
from handlers.domain.schema.gate.rules.rule import Change, JudgeChange, Risk, Rule, nothing
from handlers.domain.schema.gate.rules.views import CHANGE_VIEW
from handlers.domain.schema.gate.rules.waiting import TABLE_REWRITE

SWITCH_TRIGGER = Rule(
    "switch-trigger", "REVIEW", "a trigger or rule fires for blue's writes, or no longer"
)
ROW_SECURITY = Rule(
    "row-security", "REFUSE", "without a policy blue sees no row and may write none"
)
ROW_SECURITY_POLICIES = Rule(
    "row-security-policies", "REVIEW", "blue sees and writes only what the policies let it"
)
CHANGE_OWNER = Rule("change-owner", "REVIEW", "rights that came with ownership go to another role")
REPLICA_IDENTITY = Rule(
    "replica-identity", "REVIEW", "a published table without one refuses blue's UPDATE and DELETE"
)
TABLE_TYPE = Rule(
    "table-type", "REVIEW", "a table is bound to a type or a foreign server otherwise"
)
RULES = (
    SWITCH_TRIGGER,
    ROW_SECURITY,
    ROW_SECURITY_POLICIES,
    CHANGE_OWNER,
    REPLICA_IDENTITY,
    TABLE_TYPE,
)


def _rewrites(change: Change) -> Iterator[Risk]:
    yield TABLE_REWRITE.says(
        f"{change.table} is written anew while every query of it waits",
        "make a new table so, fill it in a backfill, and let green use that",
    )


def _trigger(change: Change) -> Iterator[Risk]:
    if not change.made("trigger", change.name):
        which = change.column if change.name else "its triggers"
        yield SWITCH_TRIGGER.says(
            f"{which} on {change.table} fires for blue's writes, or no longer does",
            "let it pass if blue does not depend on what it does",
        )


def _row_security(change: Change) -> Iterator[Risk]:
    if change.case.release.made_parts("policy", change.key):
        yield ROW_SECURITY_POLICIES.says(
            f"blue sees and writes only those rows of {change.table} that the policies give it",
            "let it pass if a policy gives blue's role all that it reads and writes",
        )
    else:
        yield ROW_SECURITY.says(
            f"blue reads no row of {change.table} and its writes fail with 42501, for no policy "
            "lets it",
            f"first, in the same file: CREATE POLICY blue ON {change.table} TO … USING (true) WITH "
            "CHECK (true)",
        )


def _no_row_security(change: Change) -> Iterator[Risk]:
    yield ROW_SECURITY_POLICIES.says(
        f"blue sees rows of {change.table} that policies have kept from it",
        "let it pass if blue may show them",
    )


def _owner(change: Change) -> Iterator[Risk]:
    yield CHANGE_OWNER.says(
        f"if blue's role owns {change.table}, it loses the rights that it had without a GRANT",
        f"let it pass if blue's role has its rights by GRANT … ON {change.table}",
    )


def _options(change: Change) -> Iterator[Risk]:
    if change.objtype == "OBJECT_VIEW":
        yield CHANGE_VIEW.says(
            f"blue reads and writes {change.table} with the rights or checks of another role",
            "let it pass if blue's role has rights on the tables below",
        )


def _replica(change: Change) -> Iterator[Risk]:
    yield REPLICA_IDENTITY.says(
        f"if {change.table} is published and has no identity left, blue's UPDATE and DELETE fail "
        "with 55000",
        "let it pass with USING INDEX, DEFAULT on a table with a primary key, or FULL",
    )


def _type(change: Change) -> Iterator[Risk]:
    said = ident(change.key[-1])
    yield TABLE_TYPE.says(
        f"{said} has its columns or rows from elsewhere than blue knows",
        "let it pass if they are the same to blue",
    )


_FIRES = "Trig AlwaysTrig ReplicaTrig TrigAll TrigUser Rule AlwaysRule ReplicaRule"
_RESTS = "Trig TrigAll TrigUser Rule"
COMMANDS: dict[str, JudgeChange] = {
    "AT_SetLogged": _rewrites,
    "AT_SetUnLogged": _rewrites,
    "AT_SetAccessMethod": _rewrites,
    "AT_SetTableSpace": _rewrites,
    "AT_ClusterOn": nothing,
    "AT_DropCluster": nothing,
    "AT_DropOids": nothing,
    "AT_SetRelOptions": _options,
    "AT_ResetRelOptions": _options,
    "AT_ReplaceRelOptions": _options,
    "AT_EnableRowSecurity": _row_security,
    "AT_ForceRowSecurity": _row_security,
    "AT_DisableRowSecurity": _no_row_security,
    "AT_NoForceRowSecurity": _no_row_security,
    "AT_ChangeOwner": _owner,
    "AT_ReplicaIdentity": _replica,
    "AT_AddOf": _type,
    "AT_DropOf": _type,
    "AT_GenericOptions": _type,
    "AT_AlterColumnGenericOptions": _type,
    **dict.fromkeys((f"AT_Enable{each}" for each in _FIRES.split()), _trigger),
    **dict.fromkeys((f"AT_Disable{each}" for each in _RESTS.split()), _trigger),
}
