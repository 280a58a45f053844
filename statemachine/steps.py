"""The steps of the shift as stages: for each its flips, then its bake."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.adapters.clock import iso
from handlers.domain.messages import UNCHANGED
from handlers.domain.shift.shift_plan import parse_shift_plan
from statemachine.stage import Stage

Item = Mapping[str, Any]


def shifted(
    phases: Mapping[str, Item], flips: Sequence[Item], verdicts: Sequence[Item], begin: str
) -> Iterator[Stage]:
    """For each step its flips, then its bake; a bake ends with the look that decided something, and
    has failed if that was to roll back.
    """
    looks = {each["step"]: each for each in verdicts}
    upward = [flip for flip in flips if flip["weight"]]
    numbers = sorted({flip["step"] for flip in upward})
    for number in numbers:
        look = looks.get(number)
        of_step = [flip for flip in upward if flip["step"] == number]
        moving = _moving(number, of_step, _changed(phases), begin, judged=look is not None)
        yield moving
        if moving.ended_at is None:
            return
        decided = look is not None and look["next"] != "observe"
        yield _bake(moving, look)
        if look is None or not decided:
            return
        begin = look["at"]
    judged = newest(verdicts)
    if not numbers and "ShiftTraffic" in phases:
        yield Stage("ShiftTraffic", 1, _weight(phases, 1), begin, None, "")
    elif judged is not None and judged["next"] == "shift":
        following = judged["step"] + 1
        yield Stage("ShiftTraffic", following, _weight(phases, following), begin, None, "")


def newest(verdicts: Sequence[Item]) -> Item | None:
    """The newest look at the newest step that was judged."""
    return max(verdicts, key=lambda each: each["step"], default=None)


def _moving(number: int, flips: Sequence[Item], changed: int, begin: str, *, judged: bool) -> Stage:
    ats = [flip["at"] for flip in flips if "at" in flip]
    end = iso(max(ats)) if ats and (len(ats) == changed or judged) else None
    skew = f", {(max(ats) - min(ats)) * 1000:,.0f} ms apart" if len(ats) > 1 else ""
    moved = f"{len(flips)} alias{'es' if len(flips) > 1 else ''} moved{skew}"
    return Stage("ShiftTraffic", number, flips[0]["weight"], begin, end, moved if end else "")


def _bake(moved: Stage, look: Item | None) -> Stage:
    begin, following = moved.ended_at or moved.started_at, look["next"] if look else "observe"
    return Stage(
        "Bake",
        moved.step,
        moved.weight,
        begin,
        look["at"] if look and following != "observe" else None,
        look["reason"] if look else "",
        failed=following == "rollBack",
    )


def _changed(phases: Mapping[str, Item]) -> int:
    green = phases.get("ProvisionGreen", {}).get("section", {}).get("versions", {})
    return sum(version != UNCHANGED for version in green.values())


def _weight(phases: Mapping[str, Item], step: int) -> int:
    """The weight that a step goes to by the plan, before its first flip is begun; 0 if unknown."""
    try:
        plan = parse_shift_plan(phases["Plan"]["section"]["shiftPlan"])
    except (KeyError, ValueError):
        return 0
    return plan.steps[step - 1].weight if step <= len(plan.steps) else 0
