"""Gross failure in one poll, which nobody should wait a settling time for."""

from collections.abc import Mapping

from handlers.domain.verdict.before import Before
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.verdict_words import of, throttled_words, veto_words

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
