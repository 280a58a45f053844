"""Reads from the ledger when others than blue answered a service's requests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from handlers.adapters.clock import iso, seconds
from handlers.domain.verdict.apart import Deployed, Span, apart_from_blue

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_LONGEST_DEPLOYMENT = 7 * 24 * 3600
_MOST = 20
"""So many are looked at: more of them in the hours of a record are not all of today."""


def apart(tools: "Tools", service: str, *, since: float, end: float) -> list[Span]:
    """The spans between the epoch seconds `since` and `end` that are no measure of blue."""
    return apart_from_blue(_deployed(tools, service, since, end))


def _deployed(tools: "Tools", service: str, since: float, end: float) -> Iterator[Deployed]:
    """The newest deployments, back to the one that ended before: one came after the other."""
    begun = tools.journal.begun(service, iso(since - _LONGEST_DEPLOYMENT), iso(end))
    for deployment in reversed(begun[-_MOST:]):
        record = tools.journal.deployment(deployment) or {}
        if "endedAt" in record and seconds(record["endedAt"]) < since:
            return
        flips = [each["at"] for each in tools.journal.flips(deployment) if "at" in each]
        yield Deployed(
            action=record.get("action", "deploy"),
            released=record.get("outcome") == "Released",
            hotfix=record.get("hotfix") is not None,
            first=min(flips, default=None),
            last=max(flips, default=None),
        )
