"""How checks went: what is kept of each, and how failures are told in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MOST_TOLD = 5
LONGEST = 300
"""Characters of one failure that are kept: Lambda would pass on megabytes, and the results of a
hundred checks are one item of the ledger, of 400 KB at most.
"""
MOST_UNMET = 3


@dataclass(frozen=True, slots=True)
class Result:
    """How one check went; `unmet` is empty when it passed. `init_ms` is that of a cold start, None
    when the first call was warm. `via` is how it was sent: as an event to the version by its
    number, or over real HTTP to the preview.
    """

    name: str
    function: str
    version: str
    milliseconds: float
    init_ms: float | None
    unmet: tuple[str, ...]
    via: Literal["event", "preview"] = "event"


def kept(unmet: Sequence[str]) -> tuple[str, ...]:
    """Of what is not as expected as much as a result keeps."""
    more = [f"and {len(unmet) - MOST_UNMET} more"] if len(unmet) > MOST_UNMET else []
    return tuple(each[:LONGEST] for each in [*unmet[:MOST_UNMET], *more])


def failures(results: Sequence[Result]) -> list[Result]:
    """Those that did not pass."""
    return [result for result in results if result.unmet]


def failure(result: Result) -> str:
    """One that did not pass: `'health' on api:7 over the preview: status 500 instead of 200`."""
    over = " over the preview" if result.via == "preview" else ""
    return f"{result.name!r} on {result.function}:{result.version}{over}: {', '.join(result.unmet)}"


def told(failed: Sequence[Result], deployment: str) -> str:
    """The first failures, as the second half of a sentence; all of them are the deployment's to
    tell.
    """
    more = f" (and {len(failed) - MOST_TOLD} more: see all with `greenshift explain {deployment}`)"
    first = "; ".join(failure(each) for each in failed[:MOST_TOLD])
    return first + (more if len(failed) > MOST_TOLD else "")
