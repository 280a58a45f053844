"""What can be seen of a deployment while it runs, put together from what its phases wrote down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statemachine.stages import Stage, stages


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests that were judged so far, and how many of them failed."""

    requests: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look at a deployment.

    `deployment` is empty until Plan has claimed the service. `weight` is green's share of the
    traffic in per cent. `blue` and `green` are the settled counts that the verdict compares;
    `served` is all that is known of green. `verdict`, `reason` and the counts are of the newest
    look at the step. `answer` is set when the deployment has ended.
    """

    at: str
    service: str
    execution: str
    deployment: str = ""
    release: str = ""
    action: str = ""
    phase: str = "Plan"
    step: int = 0
    steps: int = 0
    weight: int = 0
    green: Counts | None = None
    blue: Counts | None = None
    served: Counts | None = None
    verdict: str | None = None
    reason: str = ""
    note: str = ""
    started_at: str = ""
    stages: tuple[Stage, ...] = ()
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journalled:
    """What the ledger has of one deployment: its record, and what its phases wrote. `back_since` is
    when a recovery began, or its wait for one; None where its own execution goes on.
    """

    record: Mapping[str, Any]
    phases: Mapping[str, Mapping[str, Any]]
    flips: Sequence[Mapping[str, Any]]
    verdicts: Sequence[Mapping[str, Any]]
    back_since: str | None = None


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
        started_at=started_at,
        back_since=found.back_since,
        answer=answer,
    )
    moved = [flip for flip in found.flips if "at" in flip]
    newest = max(found.verdicts, key=lambda each: each["step"], default=None)
    plan = found.phases.get("Plan", {}).get("section", {})
    return Observation(
        at=at,
        service=found.record["service"],
        execution=execution,
        deployment=found.record["deployment"],
        release=found.record.get("release", ""),
        action=found.record.get("action", ""),
        phase=told[-1].phase if told else "Plan",
        step=max((flip["step"] for flip in moved if flip["weight"]), default=0),
        steps=plan.get("steps", 0),
        weight=moved[-1]["weight"] if moved else 0,
        **(_judged(newest) if newest else {}),
        note=found.record.get("note", ""),
        started_at=started_at,
        stages=told,
        answer=answer,
    )


def _judged(verdict: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "green": Counts(verdict["greenRequests"], verdict["greenFailures"]),
        "blue": Counts(verdict["blueRequests"], verdict["blueFailures"]),
        "served": Counts(verdict["greenServed"], verdict["greenFailed"]),
        "verdict": verdict["verdict"],
        "reason": verdict["reason"],
    }
