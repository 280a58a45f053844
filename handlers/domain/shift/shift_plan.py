"""The shift plan as text: parsed here, and written by its `str`."""

import re

from handlers.domain.shift.rounds import HISTORY_EVENTS_LIMIT, history_events, observe_seconds
from handlers.domain.shift.shift_steps import (
    ALL_AT_ONCE,
    DEFAULT_SHIFT_PLAN,
    LONGEST_STEP_MINUTES,
    ShiftPlan,
    Step,
)

__all__ = [
    "ALL_AT_ONCE", "DEFAULT_SHIFT_PLAN", "HISTORY_EVENTS_LIMIT", "LONGEST_STEP_MINUTES",
    "ShiftPlan", "Step", "history_events", "observe_seconds", "parse_shift_plan",
]  # fmt: skip
LONGEST_TEXT = 2000
MINUTES = r"[0-9]{1,6}(?:\.[0-9]{1,20})?"
_STEP = re.compile(rf"\s*([0-9]{{1,3}})\s*@\s*({MINUTES})\s*")
_CALL = re.compile(r"\s*(canary|linear|steps)\s*\((.*)\)\s*", re.DOTALL)
_FORMS = (
    "all-at-once, canary(percent, minutes), linear(percent, minutes) or steps(weight@minutes, …)"
)


def parse_shift_plan(text: str) -> ShiftPlan:
    """The plan that `text` writes. Raises ValueError with one clear sentence if it writes none."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a shift plan is at most {LONGEST_TEXT} characters long")
    if text.strip() == "all-at-once":
        return ALL_AT_ONCE
    call = _CALL.fullmatch(text)
    if call is None:
        raise ValueError(f"{text[:60]!r} is not a shift plan: write {_FORMS}")
    name, arguments = call[1], call[2].split(",")
    if name == "steps":
        return ShiftPlan(tuple(_step(argument) for argument in arguments))
    percent, minutes = _percent_and_minutes(name, arguments)
    if name == "canary":
        if percent == 100:
            raise ValueError("canary(100, …) shifts nothing step by step: write all-at-once")
        return ShiftPlan((Step(percent, minutes), Step(100, minutes)))
    weights = [*range(percent, 100, percent), 100]
    return ShiftPlan(tuple(Step(weight, minutes) for weight in weights))


def _step(argument: str) -> Step:
    found = _STEP.fullmatch(argument)
    if found is None:
        raise ValueError(f"{argument.strip()[:60]!r} is not a step: write weight@minutes, as 10@5")
    return Step(int(found[1]), _minutes(found[2]))


def _percent_and_minutes(name: str, arguments: list[str]) -> tuple[int, float]:
    if len(arguments) == 2:
        percent, minutes = (argument.strip() for argument in arguments)
        whole = re.fullmatch(r"[0-9]{1,3}", percent) and 1 <= int(percent) <= 100
        if whole and re.fullmatch(MINUTES, minutes):
            return int(percent), _minutes(minutes)
    raise ValueError(f"{name} takes a whole per cent from 1 to 100 and minutes, as {name}(10, 5)")


def _minutes(text: str) -> float:
    return int(text) if text.isdigit() else float(text)
