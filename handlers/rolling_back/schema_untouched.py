"""A deployment that has changed nothing of the schema closes no way back past it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handlers.domain.record import Record

if TYPE_CHECKING:
    from handlers.adapters.ledger.ledger import Delete
    from handlers.adapters.tools import Tools


def without_its_changes(
    tools: "Tools",
    record: Record,
    phases: Mapping[str, Mapping[str, Any]],
    *,
    refused: bool,
) -> "list[Delete]":
    """The writes that take back what its Plan has noted that it may change; none where it may have.

    That it has not is known where its migrations were `refused`, by the migrator's own word, and
    where ProvisionGreen never ended: the state machine calls no migrator before.
    """
    called = "endedAt" in phases.get("ProvisionGreen", {})
    if not record.schema_changes or (called and not refused):
        return []
    return tools.history.withdrawing(record.service, record.deployment)
