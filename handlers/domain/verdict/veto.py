"""Gross failure in one poll, which nobody should wait a settling time for."""

from collections.abc import Mapping, Sequence

from handlers.domain.verdict.before import Before
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import totals
from handlers.domain.verdict.synthetic_strata import CheckStrata
from handlers.domain.verdict.verdict_words import (
    of,
    synthetic_veto_words,
    throttled_words,
    veto_words,
)

VETO_FAILURES = 5
"""So many failures of green in one poll, if they are more than half of its requests, fail it."""


def vetoed(evidence: Evidence, before: Mapping[str, Before]) -> str | None:
    """The sentence of a veto: a function's green failed 5 requests or more and more than half, or
    Lambda turned away as many, which it did not before the shift.
    """
    functions = len(evidence.strata)
    for name, poll in sorted(evidence.newest.items()):
        if poll.green_failures >= VETO_FAILURES and 2 * poll.green_failures > poll.green_requests:
            return of(name, functions) + veto_words(poll)
    for name, each in sorted(evidence.throttled.items()):
        gross = each.throttled >= VETO_FAILURES and each.throttled > each.requests
        if gross and not before.get(name, Before()).was_throttled:
            return of(name, functions) + throttled_words(each)
    return None


def synthetic_veto(checks: Sequence[CheckStrata], functions: int) -> str | None:
    """The sentence of a veto: in its newest round a function's green failed 5 or more and more than
    half, and blue not, where blue was asked.
    """
    for name in sorted({each.function for each in checks}):
        own = [s for each in checks if each.function == name for s in each.strata]
        newest = max((s.start for s in own), default=0)
        seen = totals(s for s in own if s.start == newest)
        gross = seen.green_failures >= VETO_FAILURES
        gross = gross and 2 * seen.green_failures > seen.green_requests
        if gross and 2 * seen.blue_failures <= seen.blue_requests:
            return of(name, functions) + synthetic_veto_words(seen)
    return None
