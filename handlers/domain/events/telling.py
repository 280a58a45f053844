"""Which event a change of the ledger is, if it is one at all.

Items are written again without anything new to tell: by a repeat after a lost answer, at each look
of a bake, at each try of a recovery. What is told is what became another. Nothing that an item may
hold makes this raise: an event is better poor than in the way of those behind it.
"""

from collections.abc import Mapping
from typing import Any

from handlers.domain.asking.told import DECISIONS
from handlers.domain.events.change import LEFT_ITEM, PHASE_ITEM, VERDICT_ITEM, Change
from handlers.domain.events.event import (
    MOST_REASON,
    PHASE,
    SCHEMA,
    STATE,
    VERDICT,
    DetailType,
    Event,
    fitting,
)

_COUNTS = (
    "greenRequests", "greenFailures", "blueRequests", "blueFailures",
    "syntheticGreenRequests", "syntheticGreenFailures",
    "syntheticBlueRequests", "syntheticBlueFailures",
)  # fmt: skip


def event_of(change: Change, record: Mapping[str, Any]) -> Event | None:
    """The event, or None where nothing is to be told; `record` is the deployment's."""
    if change.sort.startswith(PHASE_ITEM):
        return _phase(change, record)
    if change.sort.startswith(VERDICT_ITEM):
        return _verdict(change, record)
    if change.sort.startswith(LEFT_ITEM):
        return _left_the_queue(change, record)
    if _is_no_deployment(change.item):
        return None
    return _ended(change) if _text(change.item, "outcome") else _started(change)


def _is_no_deployment(record: Mapping[str, Any]) -> bool:
    """Whether it only tells, asks about or leaves alone a release that may run or wait meanwhile:
    its end must not be taken for that one's. A withdrawal that took it out of the queue is its end.
    """
    refused = _text(record, "outcome") == "Rejected"
    return (
        _text(record, "action") in DECISIONS
        or record.get("dryRun") is True
        or (refused and record.get("withdraw") is True)
    )


def _phase(change: Change, record: Mapping[str, Any]) -> Event | None:
    """A phase that began or ended. The end of a shift is told at each step."""
    item, before = change.item, change.before or {}
    phase, over = _text(item, "phase"), "endedAt" in item
    step = _step(item)
    if over and "endedAt" in before and step == _step(before):
        return None
    if not over and before:
        return None
    state = "ended" if over else "started"
    return _event(
        PHASE,
        record,
        _name(change, phase, *([str(step["step"])] if step else []), state),
        {"phase": phase, "state": state, **step},
        _text(item, "endedAt" if over else "startedAt"),
        change,
    )


def _verdict(change: Change, record: Mapping[str, Any]) -> Event | None:
    """The word of a step's verdict, when it is another than at the look before."""
    item = change.item
    word, at = _text(item, "verdict"), _text(item, "at")
    if change.before is not None and word == _text(change.before, "verdict"):
        return None
    step = _number(item, "step")
    facts = {
        "step": step,
        "weight": _number(item, "weight"),
        "verdict": word,
        "next": _text(item, "next"),
        "reason": _text(item, "reason")[:MOST_REASON],
        **{name: _number(item, name) for name in _COUNTS},
    }
    return _event(VERDICT, record, _name(change, "Bake", str(step), word, at), facts, at, change)


def _started(change: Change) -> Event | None:
    """A deployment that holds the service from now on."""
    if change.before is not None:
        return None
    functions = _mapping(change.item, "functions")
    blue = {
        key: _text(each, "blue") for key, each in functions.items() if isinstance(each, Mapping)
    }
    at = _text(change.item, "startedAt")
    return _state(change, change.item, "started", _name(change, "started"), at, {"blue": blue})


def _left_the_queue(change: Change, record: Mapping[str, Any]) -> Event | None:
    """One that waited for its turn and ended without it; its record is of the request to wait."""
    if change.before is not None:
        return None
    answer = _mapping(change.item, "answer")
    outcome, at = _text(answer, "outcome"), _text(answer, "endedAt")
    known = {**answer, **record}
    return _state(change, known, "ended", _name(change, outcome, at), at, answer)


def _ended(change: Change) -> Event | None:
    """A deployment that has ended, or that waits for a person; a try to recover it that changed
    nothing is not told again.
    """
    item, before = change.item, change.before
    if before is not None and _word_and_reason(before) == _word_and_reason(item):
        return None
    answer, outcome, at = _mapping(item, "answer"), _text(item, "outcome"), _text(item, "endedAt")
    told = {**answer, "outcome": outcome}
    return _state(change, item, "ended", _name(change, outcome, at), at, told)


def _word_and_reason(item: Mapping[str, Any]) -> tuple[str, str]:
    return _text(item, "outcome"), _text(_mapping(item, "answer"), "reason")


def _state(
    change: Change,
    record: Mapping[str, Any],
    state: str,
    name: str,
    at: str,
    answer: Mapping[str, Any],
) -> Event:
    facts = {
        "state": state,
        "outcome": _text(answer, "outcome") or None,
        "reason": _text(answer, "reason")[:MOST_REASON] or _text(record, "note")[:MOST_REASON],
        "failedRequests": _number(answer, "failedRequests"),
        "blue": _versions(answer, "blue"),
        "green": _versions(answer, "green"),
        "supersededBy": _text(answer, "supersededBy") or None,
        "queued": bool(answer.get("queued")),
        "digest": _text(record, "digest"),
        "startedAt": _text(record, "startedAt"),
    }
    return _event(STATE, record, name, facts, at, change)


def _event(
    kind: DetailType,
    record: Mapping[str, Any],
    name: str,
    facts: Mapping[str, Any],
    at: str,
    change: Change,
) -> Event:
    detail = {
        "schema": SCHEMA,
        "id": name,
        "deployment": change.deployment,
        "service": _text(record, "service"),
        "release": _text(record, "release"),
        "action": _text(record, "action") or None,
        "hotfix": _text(_mapping(record, "hotfix"), "reason") or None,
        **facts,
        "at": at,
    }
    execution = _text(record, "execution")
    return fitting(Event(kind, detail, execution if execution.startswith("arn:") else ""))


def _name(change: Change, *parts: str) -> str:
    """What one event is told from the others by: the same when it is told again."""
    return "/".join((change.deployment, *parts))


def _step(item: Mapping[str, Any]) -> dict[str, int]:
    """Step and weight of a shift that has ended; nothing for everything else."""
    section = _mapping(item, "section")
    if _text(item, "phase") != "ShiftTraffic" or "endedAt" not in item:
        return {}
    return {name: _number(section, name) for name in ("step", "weight")}


def _text(item: Mapping[str, Any], key: str) -> str:
    found = item.get(key)
    return found if isinstance(found, str) else ""


def _number(item: Mapping[str, Any], key: str) -> int:
    found = item.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def _mapping(item: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = item.get(key)
    return found if isinstance(found, Mapping) else {}


def _versions(answer: Mapping[str, Any], key: str) -> dict[str, str]:
    found = _mapping(answer, key)
    return {str(name): version for name, version in found.items() if isinstance(version, str)}
