"""What persons have told a running deployment, by the signals that its ledger has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from handlers.domain.codec import decode, encode

Decision = Literal["approve", "reject", "promote"]
DECISIONS: tuple[Decision, ...] = ("approve", "reject", "promote")
WORDS: Mapping[Decision, str] = {
    "approve": "approved",
    "reject": "rejected",
    "promote": "promoted",
}
SIGNALS: Mapping[Decision, str] = {**WORDS, "promote": "promote"}
"""The names of their signals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One decision: `at` as ISO 8601, `by` the ARN of the execution that brought it, `step` the one
    that asked, 0 where none did. `who` is a name as that execution's `input` said it; where it said
    none it is empty, and CloudTrail knows who started the execution: `source` tells which.
    """

    decision: Decision
    at: str
    by: str
    step: int = 0
    who: str = ""
    reason: str = ""

    @property
    def source(self) -> Literal["input", "cloudtrail"]:
        """Where it is known from who it was."""
        return "input" if self.who else "cloudtrail"

    def facts(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return {**encode(self), "source": self.source}

    def sentence(self, when: str = "") -> str:
        """ "approved by arn:aws:iam::…:user/jane: the totals are right"."""
        who = self.who or f"whoever started {self.by.rpartition(':')[2]}"
        told = f"{WORDS[self.decision]} by {who}{when and f' {when}'}"
        return f"{told}: {self.reason}" if self.reason else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Everything that persons have told one deployment."""

    approved: Told | None = None
    rejected: Told | None = None
    promoted: Told | None = None

    @classmethod
    def of(cls, signals: Mapping[str, Mapping[str, Any]]) -> Self:
        """What the deployment's signals, by name, say of it."""
        return cls(
            **{
                WORDS[each]: decode(Told, signals[SIGNALS[each]])
                for each in DECISIONS
                if SIGNALS[each] in signals
            }
        )

    def onwards(self, step: int) -> Told | None:
        """What lets this step go on without a verdict: the approval of the one that asked, or a
        promotion, which is of all.
        """
        approved = self.approved
        return approved if approved and approved.step == step else self.promoted


def with_decisions(reason: str, looks: Sequence[Mapping[str, Any]]) -> str:
    """The reason of the last step's look, with what persons decided at the steps before it and it
    does not tell of. `looks` are the newest ones of the steps, in their order.
    """
    known = {looks[-1]["told"]["by"]} if looks and "told" in looks[-1] else set[str]()
    for look in looks[:-1]:
        if "told" in look and look["told"]["by"] not in known:
            known.add(look["told"]["by"])
            reason += f"; at {look['weight']} % {decode(Told, look['told']).sentence()}"
    return reason
