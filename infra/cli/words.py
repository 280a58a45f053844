"""A deployment in words: the same in the live display and in plain lines."""

from collections.abc import Mapping
from typing import Any

from handlers.domain.messages import UNCHANGED
from infra.cli.durations import between, show_seconds
from statemachine.following import Observation
from statemachine.stages import Stage

_NAMES = {
    "ProvisionGreen": "Provision green",
    "MigrateSchema": "Migrate schema",
    "VerifyGreen": "Verify green",
    "RollBack": "Roll back",
}
_ENDS = {
    "Released": "Released",
    "NothingToDo": "Nothing to do",
    "RolledBack": "Rolled back",
    "Rejected": "Rejected",
    "NeedsAttention": "Needs attention",
}


def title(seen: Observation) -> str:
    """What is being deployed: `orders 1.1.0 (orders-1.1.0-…)`."""
    about = {"rollback": "rollback to", "contract": "contract of"}.get(seen.action, "")
    release = seen.release or ("the seed" if about else "")
    named = " ".join(word for word in (seen.service, about, release) if word)
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


def counts(seen: Observation) -> str:
    """`green 3 failed of 4,112, blue 21 failed of 31,960`; empty before anything was judged.

    Where nothing has settled yet it tells what green has served.
    """
    if seen.green is None or seen.blue is None or seen.served is None:
        return ""
    if not seen.green.requests and not seen.blue.requests:
        served = f"green {seen.served.failures:,} failed of {seen.served.requests:,}"
        return f"{served}, not settled yet" if seen.served.requests else ""
    green = f"green {seen.green.failures:,} failed of {seen.green.requests:,}"
    return f"{green}, blue {seen.blue.failures:,} failed of {seen.blue.requests:,}"


def outcome(answer: Mapping[str, Any]) -> str:
    """How it ended: `Rolled back`."""
    return _ENDS.get(answer["outcome"], str(answer["outcome"]))


def findings(answer: Mapping[str, Any]) -> list[str]:
    """Every finding on a line, where there are more than the reason tells."""
    found = answer.get("findings", [])
    lines = [f"  {each['where']}: {each['what']}; {each['do']}" for each in found]
    return lines if len(lines) > 1 else []


def ending(answer: Mapping[str, Any]) -> list[str]:
    """The end in lines: the reason, what to look at, every finding."""
    took = show_seconds(between(answer["startedAt"], answer["endedAt"]))
    listed = findings(answer)
    reason = f": {len(listed)} findings" if listed else f": {answer['reason']}"
    lines = [f"{outcome(answer)} after {took}{reason}", *listed]
    changed = [each for each in answer["green"].values() if each != UNCHANGED]
    if answer["outcome"] in ("Released", "RolledBack") and (changed or not answer["green"]):
        # The last look at green is older than its last answer: more may have failed since.
        least = "at least " if answer["failedRequests"] else ""
        lines.append(f"  failed requests on green: {least}{answer['failedRequests']:,}")
    if answer["outcome"] == "NeedsAttention":
        lines.append("  nothing else is deployed before that, and not everything is on blue")
    return lines
