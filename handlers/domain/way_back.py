"""The record of what a person asks for that only points aliases back: a rollback, a repair."""

from collections.abc import Mapping
from typing import Any, Literal

from handlers.domain.document import Document
from handlers.domain.record import Record, deployment_id, functions_of
from handlers.domain.verdict.bake_settings import BakeSettings


def way_back(
    action: Literal["rollback", "repair"],
    document: Document,
    live: Mapping[str, Any],
    *,
    release: str,
    digest: str,
    versions: Mapping[str, str],
    former: Mapping[str, Any],
    contracts: tuple[str, ...],
    note: str = "",
) -> Record:
    """Nothing will be green: each function of the release of record `live` that is in `versions`
    goes to its version there. `release` is what they are, `former` what the record keeps of the
    release that is left.
    """
    return Record(
        deployment=deployment_id(document.service, action, document.started_at, document.execution),
        service=document.service,
        release=release,
        digest=digest,
        action=action,
        source="console",
        execution=document.execution,
        started_at=document.started_at,
        alias=live["alias"],
        functions=functions_of(live, versions),
        bundle=None,
        shift_plan="all-at-once",
        min_minutes=None,
        bake=BakeSettings(),
        rollback_window_hours=0,
        registration_version=0,
        registration_hash="",
        note=note,
        probes=(),
        former=former,
        contracts=contracts,
    )
