"""A deployment as a list of stages with their times: each phase once, and for each step of the
shift its flips and its bake.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from handlers.adapters.clock import iso
from statemachine.stage import GOING_BACK, Stage, WayBack
from statemachine.steps import Item, newest, shifted

_BEFORE_TRAFFIC = ("Plan", "ProvisionGreen", "MigrateSchema", "VerifyGreen")
_OF_A_CONTRACT = ("Plan", "MigrateSchema")
_WELL_ENDED = ("Released", "NothingToDo")


def stages(
    record: Item,
    phases: Mapping[str, Item],
    flips: Sequence[Item],
    verdicts: Sequence[Item],
    *,
    hooks: Sequence[Item] = (),
    started_at: str,
    answer: Item | None,
    back: WayBack | None = None,
) -> tuple[Stage, ...]:
    """The stages so far, in order; the last one is under way unless there is an answer. While a
    hook is in progress that is the hook, beside the bake that goes on.

    What was under way when the way back began has failed. `back` is what the execution tells of it;
    the ledger has it only once it is over.
    """
    back, contract = _first_back(record, back), record.get("action") == "contract"
    found = list(_prepared(phases, started_at, _OF_A_CONTRACT if contract else _BEFORE_TRAFFIC))
    found += shifted(phases, flips, verdicts, found[-1].ended_at or "" if found else started_at)
    judged = newest(verdicts)
    onwards = judged["next"] if judged is not None and found[-1].ended_at else ""
    is_back = _is_back(record, phases, onwards, answer, back)
    if answer is None and not is_back and (waiting := _waiting(hooks)):
        begun = (each for each in found if each.ended_at is not None or each.phase == "Bake")
        return (*begun, waiting)
    if "Finalize" in phases or onwards == "finalize":
        item = phases.get("Finalize", {})
        begin = found[-1].ended_at if found else None
        found.append(Stage("Finalize", 0, 0, begin or item["startedAt"], item.get("endedAt"), ""))
    if is_back:
        found = _gone_back(found, phases.get("RollBack", {}), started_at, answer, back)
    if answer is not None:
        found = _closed(found, record, answer, started_at)
    return tuple(found)


def _is_back(
    record: Item,
    phases: Mapping[str, Item],
    onwards: str,
    answer: Item | None,
    back: WayBack | None,
) -> bool:
    """Whether the deployment is, or was, on its way back; one that had begun nothing has none."""
    if answer is not None and answer["outcome"] in (*_WELL_ENDED, "Rejected"):
        return False
    asked = record.get("action") in GOING_BACK and answer is None
    return bool(back or asked or "RollBack" in phases or onwards == "rollBack")


def _prepared(phases: Mapping[str, Item], started_at: str, names: Sequence[str]) -> Iterator[Stage]:
    """What happens before any traffic moves; each stage begins when the one before it ended.

    The migrator cannot write to the ledger itself: it is under way between its neighbours, and
    what it tells meanwhile is its last slice's. VerifyGreen or RollBack writes what it came to.
    """
    begin, before = started_at, ""
    for phase in names:
        item = phases.get(phase)
        if item is None and not (phase == "MigrateSchema" and "endedAt" in phases.get(before, {})):
            return
        before = phase
        item = item or {}
        end, section = item.get("endedAt"), item.get("section") or {}
        if end is not None and phase == "MigrateSchema" and "VerifyGreen" in phases:
            end = min(end, phases["VerifyGreen"]["startedAt"])
        failed = end is not None and _failed(phase, section)
        yield Stage(phase, 0, 0, begin, end, _told(phase, section), failed)
        if end is None:
            return
        begin = end


def _first_back(record: Item, back: WayBack | None) -> WayBack | None:
    """The way back as its first try has it: a recovery, and whatever was stopped meanwhile, changes
    neither when it began nor why.
    """
    first = next(iter(record.get("attention", ())), None)
    if first is None:
        return back
    return WayBack(min(back.since, first["at"]) if back else first["at"], first["because"])


def _gone_back(
    found: list[Stage], item: Item, started_at: str, answer: Item | None, back: WayBack | None
) -> list[Stage]:
    """The stages with the way back behind them; what led to it has failed, and says why."""
    last = found[-1] if found else None
    since = (last.ended_at if last else started_at) or item.get("startedAt", started_at)
    since, why = (back.since, back.reason) if back else (since, "")
    since = min(since, item.get("endedAt", since))
    told = why if last is None or (last.ended_at and not last.failed) else ""
    stage = Stage("RollBack", 0, 0, since, item.get("endedAt"), told)
    if last is None:
        return [stage]
    why = why or (answer["reason"] if answer else "")
    if last.ended_at is None:
        last = replace(last, ended_at=since, told=why or last.told, failed=True)
    elif last.failed and last.phase != "Bake":
        last = replace(last, ended_at=min(last.ended_at, since), told=why or last.told)
    return [*found[:-1], last, stage]


def _waiting(hooks: Sequence[Item]) -> Stage | None:
    """The hook that is in progress; there is one at most, since the next one waits for it."""
    for each in hooks:
        if each["status"] == "IN_PROGRESS":
            calls = f"{each['calls']} call{'s' if each['calls'] > 1 else ''}"
            told = f"{each['function']} at {each['point']} is in progress, {calls}"
            return Stage("RunHooks", each["step"], 0, iso(each["started"]), None, told)
    return None


def _closed(found: list[Stage], record: Item, answer: Item, started_at: str) -> list[Stage]:
    """The stages of a deployment that has ended: nothing is under way any more."""
    outcome, end = answer["outcome"], answer.get("endedAt") or started_at
    if not found and outcome == "Rejected" and record.get("action") not in GOING_BACK:
        return [Stage("Plan", 0, 0, started_at, end, "", failed=True)]
    if not found or found[-1].ended_at is not None:
        return found
    last = found[-1]
    well = outcome in _WELL_ENDED or (outcome == "RolledBack" and last.phase == "RollBack")
    told = last.told if well else answer["reason"]
    return [*found[:-1], replace(last, ended_at=end, told=told, failed=not well)]


def _failed(phase: str, section: Item) -> bool:
    """Whether what a phase wrote down at its end is of one that did not come to what it is for."""
    if phase == "VerifyGreen":
        closed = (each["mode"] == "gate" and each["fields"] for each in section.get("compared", ()))
        return any(result["unmet"] for result in section.get("results", ())) or any(closed)
    return phase == "MigrateSchema" and section.get("next") == "again"


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
    return ". ".join(each for each in (section.get("shiftPlan"), section.get("note")) if each)
