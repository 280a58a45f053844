"""A deployment as a list of stages with their times: each phase once, and for each step of the
shift its flips and its bake.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.adapters.clock import iso
from handlers.domain.messages import UNCHANGED

_BEFORE_TRAFFIC = ("Plan", "ProvisionGreen", "MigrateSchema", "VerifyGreen")
_OF_A_CONTRACT = ("Plan", "MigrateSchema")
_AFTER = {"shift": "ShiftTraffic", "finalize": "Finalize", "rollBack": "RollBack"}
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """One phase, or a step of it (`step` from 1, with its weight).

    `ended_at` is None while it runs. `told` is what it has to say: what was published, the skew,
    the verdict's reason.
    """

    phase: str
    step: int
    weight: int
    started_at: str
    ended_at: str | None
    told: str


def stages(
    record: Item,
    phases: Mapping[str, Item],
    flips: Sequence[Item],
    verdicts: Sequence[Item],
    *,
    started_at: str,
    back_since: str | None = None,
    answer: Item | None,
) -> tuple[Stage, ...]:
    """The stages so far, in order; the last one is under way unless there is an answer. After
    `back_since` a recovery puts the service back, whatever was under way.
    """
    contract = record.get("action") == "contract"
    found = list(_prepared(phases, started_at, _OF_A_CONTRACT if contract else _BEFORE_TRAFFIC))
    found += _shifted(phases, flips, verdicts, found[-1].ended_at or "" if found else started_at)
    closing = _closing(
        record,
        phases,
        verdicts,
        before=found,
        started_at=started_at,
        back_since=back_since,
        running=answer is None,
    )
    if closing is not None:
        if found and found[-1].ended_at is None:
            found[-1] = replace(found[-1], ended_at=closing.started_at)
        found.append(closing)
    if answer is not None and found and found[-1].ended_at is None:
        found[-1] = replace(found[-1], ended_at=answer.get("endedAt") or started_at)
    return tuple(found)


def _prepared(phases: Mapping[str, Item], started_at: str, names: Sequence[str]) -> Iterator[Stage]:
    """What happens before any traffic moves; each stage begins when the one before it ended.

    The migrator cannot write to the ledger itself: it is under way between its neighbours, and
    what it tells meanwhile is its last slice's.
    """
    begin, before = started_at, ""
    for phase in names:
        item = phases.get(phase)
        if item is None and not (phase == "MigrateSchema" and "endedAt" in phases.get(before, {})):
            return
        before = phase
        item = item or {}
        end = item.get("endedAt")
        yield Stage(phase, 0, 0, begin, end, _told(phase, item.get("section") or {}))
        if end is None:
            return
        begin = end


def _shifted(
    phases: Mapping[str, Item], flips: Sequence[Item], verdicts: Sequence[Item], begin: str
) -> Iterator[Stage]:
    """For each step its flips, then its bake; a bake ends with the look that decided something."""
    green = phases.get("ProvisionGreen", {}).get("section", {}).get("versions", {})
    changed = sum(version != UNCHANGED for version in green.values())
    looks = {each["step"]: each for each in verdicts}
    upward = [flip for flip in flips if flip["weight"]]
    numbers = sorted({flip["step"] for flip in upward})
    for number in numbers:
        of_step = [flip for flip in upward if flip["step"] == number]
        ats = [flip["at"] for flip in of_step if "at" in flip]
        weight, whole = of_step[0]["weight"], len(ats) == changed
        look = looks.get(number)
        end = iso(max(ats)) if ats and (whole or look) else None
        skew = f", {(max(ats) - min(ats)) * 1000:,.0f} ms apart" if len(ats) > 1 else ""
        moved = f"{len(of_step)} alias{'es' if len(of_step) > 1 else ''} moved{skew}"
        yield Stage("ShiftTraffic", number, weight, begin, end, moved if end else "")
        if end is None:
            return
        decided = look is not None and look["next"] != "observe"
        begin = look["at"] if look is not None and decided else ""
        reason = look["reason"] if look is not None else ""
        yield Stage("Bake", number, weight, end, begin or None, reason)
        if not decided:
            return
    judged = max(verdicts, key=lambda each: each["step"], default=None)
    if not numbers and "ShiftTraffic" in phases:
        yield Stage("ShiftTraffic", 1, 0, begin, None, "")
    elif judged is not None and judged["next"] == "shift":
        yield Stage("ShiftTraffic", judged["step"] + 1, judged["weight"], begin, None, "")


def _closing(
    record: Item,
    phases: Mapping[str, Item],
    verdicts: Sequence[Item],
    *,
    before: Sequence[Stage],
    started_at: str,
    back_since: str | None,
    running: bool,
) -> Stage | None:
    judged = max(verdicts, key=lambda each: each["step"], default=None)
    begin = before[-1].ended_at if before else started_at
    for phase in ("RollBack", "Finalize"):
        if item := phases.get(phase):
            return Stage(phase, 0, 0, begin or item["startedAt"], item.get("endedAt"), "")
    back = started_at if record.get("action") == "rollback" else back_since
    if back and running:
        return Stage("RollBack", 0, 0, back, None, "")
    if judged is not None and judged["next"] in ("finalize", "rollBack"):
        return Stage(_AFTER[judged["next"]], 0, 0, begin or judged["at"], None, "")
    return None


def _told(phase: str, section: Item) -> str:
    if not section:
        return ""
    if phase == "ProvisionGreen":
        again = f", {section['found']} found again" if section["found"] else ""
        if not section["published"] and not section["found"]:
            return "no function changes"
        return f"{section['published']} published{again}"
    if phase in ("MigrateSchema", "VerifyGreen"):
        return str(section["reason"])
    return str(section.get("note") or section.get("shiftPlan", ""))
