"""Whether a person's decision can be heard by a deployment as it stands, and what it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.domain.asking.told import WORDS, Decision, Heard
from handlers.domain.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The deployment that holds the service: its record's `action`, the newest look at its bake,
    None before the first, and what it has `heard`. `back` says why it is on its way back, if it is.
    """

    service: str
    deployment: str
    action: str
    look: Mapping[str, Any] | None
    heard: Heard
    back: str | None = None

    @property
    def asks(self) -> Mapping[str, Any] | None:
        """The question that is open: since when, and until when."""
        return (self.look or {}).get("asks")

    @property
    def step(self) -> int:
        """The step that asks, 0 where none does."""
        return int(self.look["step"]) if self.look and self.asks else 0


def refusal(decision: Decision, standing: Standing) -> Finding | None:
    """Why the decision cannot be heard, None where it can."""
    service, deployment = standing.service, standing.deployment
    watch = f"see with `greenshift watch {service}` how it ends"
    if standing.back is not None:
        what = f"{deployment} is on its way back to blue: {standing.back}"
        return Finding("GoesBack", service, what, watch)
    if decision != "reject" and (rejected := standing.heard.rejected):
        what = f"{deployment} is on its way back to blue: {rejected.sentence()}"
        return Finding("GoesBack", service, what, watch)
    if before(decision, standing):
        return None
    if standing.action != "deploy":
        what = f"{deployment} is a {standing.action}, which waits for no verdict and asks nobody"
        return Finding("NotAsked", service, what, watch)
    over = (standing.look or {}).get("next") == "finalize"
    if decision == "promote":
        what = f"the bake of {deployment} is over, and it waits for nothing that can be skipped"
        return Finding("NothingToSkip", service, what, watch) if over else None
    if not standing.asks:
        what = f"{deployment} asks nobody"
        other = f"stop it with `greenshift stop {service}`"
        if decision == "approve":
            other = f"skip its waits with `greenshift promote {service} --now`"
        return Finding("NotAsked", service, what, watch if over else other)
    return None


def before(decision: Decision, standing: Standing) -> str | None:
    """What is said where the deployment has been told so already: twice is once."""
    told = getattr(standing.heard, WORDS[decision])
    if told is None or (decision == "approve" and told.step != standing.step):
        return None
    return f"{standing.deployment} was told so already at {told.at}: {told.sentence()}"


def heeded(decision: Decision, standing: Standing, phase: str) -> str:
    """What becomes of the decision; `phase` is where the deployment is."""
    told = f"{standing.deployment} is {WORDS[decision]}"
    soon = f"its next look, within {(standing.look or {}).get('waitSeconds', 10) + 5} s"
    if decision == "approve":
        return f"{told}: it goes on at {soon}"
    if decision == "reject":
        return f"{told}: it goes back to blue at {soon}"
    still = "a failing verdict, an alarm, a hook or a stop still ends it"
    if standing.look is None:
        return (
            f"{told}: it is at {phase}, of which nothing is skipped, and then each step of its "
            f"shift takes one look; {still}"
        )
    return f"{told}: each step that is left takes one look, the first is {soon}; {still}"
