"""A deployment in words: the same in the live display and in plain lines."""

import re
from collections.abc import Mapping
from typing import Any

from handlers.domain.asking.told import DECISIONS
from infra.cli.durations import between, show_seconds
from statemachine.following import Observation
from statemachine.stage import GOING_BACK, Stage

_NAMES = {
    "ProvisionGreen": "Provision green",
    "MigrateSchema": "Migrate schema",
    "VerifyGreen": "Verify green",
    "RunHooks": "Ask hooks",
    "RollBack": "Roll back",
    "Queued": "Wait in the queue",
}
_ENDS = {
    "Released": "Released",
    "NothingToDo": "Nothing to do",
    "RolledBack": "Rolled back",
    "Rejected": "Rejected",
    "NeedsAttention": "Needs attention",
}


def title(seen: Observation) -> str:
    """What is being deployed: `orders 1.1.0 (orders-1.1.0-…)`, and of a hotfix why."""
    release, about = seen.release, ""
    if seen.action == "rollback":
        # Only a rollback that was let in is on its way anywhere; the seed has no release's name.
        let_in = bool(seen.deployment) and not _refused(seen)
        about = "rollback to" if let_in else "rollback"
        release = (release or "the seed") if let_in else ""
    elif seen.action in ("contract", "repair", *DECISIONS):
        about = f"{seen.action} of" if release else seen.action
    words = (seen.service, about, release)
    if seen.action in ("rollback", "repair", "contract") and not release:
        words = (about, "of", seen.service)
    named = " ".join(word for word in words if word)
    if seen.hotfix:
        named += f", hotfix: {one_line(seen.hotfix)}"
    return f"{named} ({seen.deployment or seen.execution.rpartition(':')[2]})"


def stage_name(stage: Stage) -> str:
    """`Shift to 10 %`, `Bake at 10 %`, or the phase."""
    if stage.phase == "ShiftTraffic":
        return f"Shift to {stage.weight} %" if stage.weight else "Shift traffic"
    if stage.phase == "Bake":
        return f"Bake at {stage.weight} %"
    return _NAMES.get(stage.phase, stage.phase)


def stage_time(stage: Stage, now: str) -> str:
    """How long the stage took, or has taken so far."""
    return show_seconds(between(stage.started_at, stage.ended_at or now))


def one_line(text: str) -> str:
    """The text without the line breaks that a database or a function put into it."""
    return re.sub(r"\s*\n\s*", " ", text.strip())


def counts(seen: Observation) -> str:
    """`green 3 failed of 4,112, blue 21 failed of 31,960`; empty before anything was judged.

    Where nothing of green has settled yet it tells what green has served.
    """
    if seen.green is None or seen.blue is None or seen.served is None:
        return ""
    if not seen.green.requests:
        served = f"green {seen.served.failures:,} failed of {seen.served.requests:,}"
        return f"{served}, not settled yet" if seen.served.requests else ""
    green = f"green {seen.green.failures:,} failed of {seen.green.requests:,}"
    if not seen.blue.requests:
        return f"{green}, alone"
    return f"{green}, blue {seen.blue.failures:,} failed of {seen.blue.requests:,}"


def verdict(seen: Observation) -> tuple[str, str]:
    """The verdict's word, and the sentence behind it without that word; empty before the first
    look.
    """
    word = seen.verdict or ""
    return word, re.sub(r"[:,] (?:pass|fail|wait)\b", "", one_line(seen.reason), count=1)


def outcome(answer: Mapping[str, Any], action: str = "") -> str:
    """How it ended: `Rolled back`; of a repair that is what it was asked for."""
    if action == "repair" and answer["outcome"] == "RolledBack":
        return "Repaired"
    if "supersededBy" in answer and answer["outcome"] in ("RolledBack", "Rejected"):
        return "Superseded"
    if "queued" in answer:
        return "Queued"
    return _ENDS.get(answer["outcome"], str(answer["outcome"]))


def findings(answer: Mapping[str, Any]) -> list[str]:
    """Every finding on a line, where there are more than the reason tells."""
    found = answer.get("findings", [])
    lines = [one_line(f"{each['where']}: {each['what']}; {each['do']}") for each in found]
    return lines if len(lines) > 1 else []


def ending(seen: Observation) -> list[str]:
    """The end in lines: the reason, what to look at, every finding."""
    answer = seen.answer or {}
    listed = findings(answer)
    reason = f"{len(listed)} findings" if listed else answer["reason"]
    lines = [one_line(f"{_ended(seen, answer)}: {reason}"), *listed]
    if seen.step and answer["outcome"] in ("Released", "RolledBack"):
        # The last look at green is older than its last answer: more may have failed since.
        least = "at least " if answer["failedRequests"] else ""
        lines.append(f"failed requests on green: {least}{answer['failedRequests']:,}")
    if answer["outcome"] == "NeedsAttention":
        lines.append("nothing else is deployed before that, and not everything is on blue")
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _ended(seen: Observation, answer: Mapping[str, Any]) -> str:
    if _refused(seen):
        return "Refused"
    took = show_seconds(between(answer["startedAt"], answer["endedAt"]))
    return f"{outcome(answer, seen.action)} after {took}"


def _refused(seen: Observation) -> bool:
    """Whether it was a way back, or a decision, that was not let in: no release was rejected."""
    rejected = seen.answer is not None and seen.answer["outcome"] == "Rejected"
    return rejected and seen.action in (*GOING_BACK, "recover", *DECISIONS)
