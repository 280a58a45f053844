"""Reads from the ledger when others than blue answered a service's requests."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso, seconds
from handlers.domain.verdict.apart import Deployed, Span, apart_from_blue, begins_with

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_LONGEST_DEPLOYMENT = 7 * 24 * 3600


def apart(tools: "Tools", service: str, *, since: float, end: float) -> tuple[list[Span], str]:
    """The spans between the epoch seconds `since` and `end` that are no measure of blue, and what
    its record begins with, such as `the repair of 2026-11-23T10:15:02.123Z`; empty where nothing
    before was cut off.
    """
    deployed = list(_deployed(tools, service, since, end))
    first = begins_with(deployed)
    if first is None or first.last is None or first.last < since:
        return apart_from_blue(deployed), ""
    named = "hotfix" if first.action == "deploy" else first.action
    return apart_from_blue(deployed), f"the {named} of {iso(first.last)}"


def _deployed(tools: "Tools", service: str, since: float, end: float) -> Iterator[Deployed]:
    """The newest deployments, back to the one that ended before: one came after the other."""
    begun = tools.journal.begun(service, iso(since - _LONGEST_DEPLOYMENT), iso(end))
    for deployment in reversed(begun):
        record = tools.journal.deployment(deployment) or {}
        if "endedAt" in record and seconds(record["endedAt"]) < since:
            return
        flips = [each["at"] for each in tools.journal.flips(deployment) if "at" in each]
        yield Deployed(
            action=record.get("action", "deploy"),
            released=record.get("outcome") == "Released",
            hotfix=_mended(record.get("hotfix") or {}),
            first=min(flips, default=None),
            last=max(flips, default=None),
        )


def _mended(hotfix: Mapping[str, Any]) -> bool:
    """Whether there was something red: a hotfix may be asked for of a blue that is well."""
    return bool(hotfix.get("red") or hotfix.get("alarms"))
