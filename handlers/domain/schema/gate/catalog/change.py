"""One thing of the old catalog that the new one does not have as old code knows it."""

from dataclasses import dataclass
from typing import Literal

TO_CONTRACT = (
    "take it out of the expand file; the release's contract file does it once nothing can go back"
)
"""The remedy for whatever removes something that blue may use."""


@dataclass(frozen=True, slots=True)
class Change:
    """`rule` is the stable name, `what` the object it is said of, as `public.orders.note`."""

    rule: str
    what: str
    verdict: Literal["REVIEW", "REFUSE"]
    breaks: str
    remedy: str = ""


def refuse(rule: str, what: str, breaks: str, remedy: str = TO_CONTRACT) -> Change:
    """What no waiver lets pass."""
    return Change(rule, what, "REFUSE", breaks, remedy)


def review(rule: str, what: str, breaks: str, remedy: str = "") -> Change:
    """What passes when the owner knows better and says why."""
    return Change(rule, what, "REVIEW", breaks, remedy)
