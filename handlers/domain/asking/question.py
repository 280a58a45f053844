"""The question that a step asks which has ended without a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from handlers.domain.asking.told import Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a step knows of persons: its number from 1, what it may ask, and what it has `heard`.

    `minutes` is how long it waits for an answer, `until` when that is over, as people read it.
    `following` is what an approval leads to.
    """

    service: str = ""
    step: int = 1
    following: str = ""
    minutes: float = 60
    until: str = ""
    heard: Heard = field(default_factory=Heard)

    def question(self, lacks: str) -> str:
        """The question, with the very commands that answer it, from a shell and in the console."""
        return (
            f"{lacks}: shall it {self.following}? It waits until {self.until} for "
            f"`greenshift approve {self.service}` or `greenshift reject {self.service}` (in the "
            f'console: start greenshift-{self.service} with {{"action": "approve"}} or '
            '{"action": "reject"}), and then rolls back'
        )


def following(step: int, weights: Sequence[int]) -> str:
    """What comes after the step: `go on to 50 %`, or the release."""
    return f"go on to {weights[step]} %" if step < len(weights) else "be released"
