"""New kinds of error: what green logs and blue has not logged in a week fails green, also where it
is as rare as other errors are with blue.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from handlers.domain.logs.fingerprint import Fingerprint

NEW_AFTER = 3
"""So often green has to log it."""
KNOWN_DAYS = 7
KNOWN_SECONDS = KNOWN_DAYS * 86_400


@dataclass(frozen=True, slots=True)
class Logged:
    """An error of green's, and how often it was logged since the first shift."""

    error: Fingerprint
    count: int


def new_error(logged: Sequence[Logged], known: Collection[str]) -> Logged | None:
    """The error logged most that is none of the `known` buckets, if it was logged 3 times."""
    new = [each for each in logged if each.count >= NEW_AFTER and each.error.bucket not in known]
    return max(new, key=lambda each: (each.count, each.error), default=None)


def heard_long_enough(heard_since: float | None, now: float) -> bool:
    """Whether blue's log is known for a week (epoch seconds); before, nothing can be called new."""
    return heard_since is not None and now - heard_since >= KNOWN_SECONDS


def new_error_words(found: Logged) -> str:
    """The sentence of a fail by it."""
    return (
        f"green logged {found.error} {found.count:,} times, which blue has not logged in "
        f"{KNOWN_DAYS} days: fail (new error)"
    )


def unjudged_words(found: Logged) -> str:
    """What is told of an error where blue's log is not known for long enough."""
    return (
        f"green logged {found.error} {found.count:,} times, and blue's log is not known for "
        f"{KNOWN_DAYS} days yet to tell whether it is new"
    )
