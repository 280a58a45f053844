"""What can be seen of a deployment while it runs, put together from what its phases wrote down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.domain.asking.told import DECISIONS
from statemachine.stage import GOING_BACK, Stage, WayBack
from statemachine.stages import stages
from statemachine.steps import newest

_MOVES = ("ShiftTraffic", "Bake")
_ACTIONS = ("deploy", *GOING_BACK, "recover", "contract", *DECISIONS, "drill")


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests that were judged so far, and how many of them failed."""

    requests: int
    failures: int


@dataclass(frozen=True, slots=True)
class Asks:
    """What a person is asked: what an approval leads to, and until when it waits for one."""

    following: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look at a deployment.

    `deployment` is empty until Plan has claimed the service. `step` is the one under way, or the
    last one; `weight` is green's share of the traffic in per cent, which every function has got:
    while a step moves it is still that of the step before. `verdict`, `reason` and the counts are
    of the newest look at the step, and there is none at a step whose bake has not been looked at.
    `blue` and `green` are the settled counts that the verdict compares; `served` is all that is
    known of green. `asks` is set while a person is asked. `hotfix` is the reason of one, None of
    all others. `answer` is set when the deployment has ended; `preview` is the URL where green can
    be tried, from VerifyGreen on until then. `blue_versions` and `green_versions` are by function
    what the answer calls `blue` and `green`, as far as they are known.
    """

    at: str
    service: str
    execution: str
    deployment: str = ""
    release: str = ""
    digest: str = ""
    action: str = ""
    hotfix: str | None = None
    phase: str = "Plan"
    step: int = 0
    steps: int = 0
    weight: int = 0
    green: Counts | None = None
    blue: Counts | None = None
    served: Counts | None = None
    verdict: str | None = None
    asks: Asks | None = None
    reason: str = ""
    note: str = ""
    started_at: str = ""
    stages: tuple[Stage, ...] = ()
    answer: Mapping[str, Any] | None = None
    preview: str | None = None
    blue_versions: Mapping[str, str] = field(default_factory=dict)
    green_versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journalled:
    """What the ledger has of one deployment: its record, and what its phases wrote; and of its
    execution, whether it is on its way back.
    """

    record: Mapping[str, Any]
    phases: Mapping[str, Mapping[str, Any]]
    flips: Sequence[Mapping[str, Any]]
    verdicts: Sequence[Mapping[str, Any]]
    hooks: Sequence[Mapping[str, Any]] = ()
    back: WayBack | None = None


def asked_for(execution: Mapping[str, Any]) -> str:
    """The action that the input of DescribeExecution's answer asks for; empty where it cannot be
    read.
    """
    action = _request(execution).get("action", "deploy")
    return action if action in _ACTIONS else ""


def asks_to_deploy(execution: Mapping[str, Any]) -> bool:
    """Whether that input asks for something to be deployed, contracted or taken back, as a dry run,
    a decision, a recovery and taking a release out of the queue do not.
    """
    request = _request(execution)
    aside = request.get("dryRun") is True or request.get("withdraw") is True
    return not aside and request.get("action") not in (*DECISIONS, "recover")


def _request(execution: Mapping[str, Any]) -> dict[str, Any]:
    try:
        request = json.loads(execution.get("input") or "")
    except ValueError:
        request = None
    return request if isinstance(request, dict) else {"action": ""}


def observation(
    found: Journalled,
    *,
    at: str,
    execution: str,
    started_at: str,
    answer: Mapping[str, Any] | None,
) -> Observation:
    """The look at a deployment that the ledger's items make; the same items look the same."""
    told = stages(
        found.record,
        found.phases,
        found.flips,
        found.verdicts,
        hooks=found.hooks,
        started_at=started_at,
        answer=answer,
        back=found.back,
    )
    now = told[-1] if told else None
    moved = [flip for flip in found.flips if "at" in flip]
    taken = max((flip["step"] for flip in moved if flip["weight"]), default=0)
    whole = [each.weight for each in told if each.phase == "ShiftTraffic" and _done(each)]
    judged = newest(found.verdicts)
    stale = now is not None and now.phase in _MOVES and judged and judged["step"] != now.step
    back = bool(moved) and not moved[-1]["weight"]
    plan = _section(found, "Plan")
    return Observation(
        at=at,
        service=found.record["service"],
        execution=execution,
        deployment=found.record["deployment"],
        release=found.record.get("release", ""),
        digest=found.record.get("digest", ""),
        action=found.record.get("action", ""),
        hotfix=(found.record.get("hotfix") or {}).get("reason"),
        phase=now.phase if now else "Plan",
        step=now.step if now and now.phase in _MOVES else taken,
        steps=plan.get("steps", 0),
        weight=0 if back or not whole else whole[-1],
        **(_judged(judged) if judged and not stale else {}),
        asks=_asks(judged) if judged and not stale and answer is None else None,
        note=found.record.get("note", ""),
        started_at=started_at,
        stages=told,
        answer=answer,
        preview=_preview(found) if answer is None else None,
        blue_versions={
            key: each["blue"] for key, each in found.record.get("functions", {}).items()
        },
        green_versions=_section(found, "ProvisionGreen").get("versions", {}),
    )


def _section(found: Journalled, phase: str) -> Mapping[str, Any]:
    section: Mapping[str, Any] = found.phases.get(phase, {}).get("section") or {}
    return section


def _asks(look: Mapping[str, Any]) -> Asks | None:
    found = look.get("asks")
    return Asks(found["following"], found["until"]) if found else None


def _preview(found: Journalled) -> str | None:
    registered = found.record.get("preview")
    return registered["url"] if registered and "VerifyGreen" in found.phases else None


def _done(stage: Stage) -> bool:
    return stage.ended_at is not None and not stage.failed


def _judged(verdict: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "green": Counts(verdict["greenRequests"], verdict["greenFailures"]),
        "blue": Counts(verdict["blueRequests"], verdict["blueFailures"]),
        "served": Counts(verdict["greenServed"], verdict["greenFailed"]),
        "verdict": verdict["verdict"],
        "reason": verdict["reason"],
    }
