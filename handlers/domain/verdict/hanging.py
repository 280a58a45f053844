"""A hang by green's own log: requests that began and, long after most are answered, have no report.

CloudWatch counts a request when it ends, so that a green that hangs is invisible there until its
time-out. Its log has a line when a request begins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.logs.counting import WINDOW_SECONDS, Window
from handlers.domain.verdict.before import FEWEST_REQUESTS, Before
from handlers.domain.verdict.veto import VETO_FAILURES

LEAST_SECONDS = 30.0
"""Lambda and CloudWatch Logs may bring a report some seconds later than the line that begins it."""
_TOLD_FROM = 30
"""Seconds: a time-out that is shorter tells soon enough, and the plan says nothing of it."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Of `began` requests that are older than `seconds`, at least `open` are not finished."""

    began: int
    open: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangable:
    """One function: its time-out, blue `before`, whether the log that Greenshift is sent has a line
    of each beginning and each end, and the age in seconds at which green's share of the traffic
    tells a hang, None where it cannot.
    """

    timeout_seconds: int
    before: Before
    by_log: bool
    by_share: float | None


def patience(before: Before) -> float | None:
    """The age in seconds at which all but slow requests have ended: three times blue's p95; None
    where that is not known.
    """
    if before.p95_ms is None or before.requests < FEWEST_REQUESTS:
        return None
    return max(LEAST_SECONDS, 3 * before.p95_ms / 1000)


def hanging(windows: Sequence[Window], *, since: float, now: float, patience: float) -> Hang | None:
    """The hang in windows that began at `since` (epoch seconds) or later, if it is gross: 5
    requests or more, and more than half of those that are so old.

    What ended may have begun later, so that what is open is not more than it seems. A delivery that
    came twice, counted in both, opens none; of one that has beginnings alone it takes half.
    """
    counted = [each for each in windows if each.start >= since]
    began = sum(each.started for each in counted if each.start + WINDOW_SECONDS <= now - patience)
    open_ = began - sum(each.finished for each in counted)
    if open_ < VETO_FAILURES or 2 * open_ <= began:
        return None
    return Hang(began, open_, patience)


def hang_words(found: Hang) -> str:
    """The sentence of a veto by it."""
    return (
        f"green has not ended {found.open:,} of {found.began:,} requests that began over "
        f"{found.seconds:.0f} s ago, by its log, more than half: fail (hang)"
    )


def by_log(functions: Mapping[str, Hangable]) -> dict[str, float]:
    """The functions whose log tells a hang clearly before their time-out, and at which age."""
    found = {key: patience(each.before) for key, each in functions.items() if each.by_log}
    return {
        key: seconds
        for key, seconds in found.items()
        if seconds is not None and seconds + 2 * WINDOW_SECONDS < functions[key].timeout_seconds
    }


def foreseen(functions: Mapping[str, Hangable]) -> Iterator[str]:
    """What the plan says: when a hang of which functions is seen."""
    logged = by_log(functions)
    told: dict[str, list[str]] = {}
    for key, each in sorted(functions.items()):
        if each.timeout_seconds >= _TOLD_FROM:
            told.setdefault(_when(each, logged.get(key)), []).append(key)
    for when, keys in told.items():
        yield f"a hang of {', '.join(keys)} is seen after {when}"


def _when(function: Hangable, logged: float | None) -> str:
    timeout = f"its time-out of {function.timeout_seconds} s"
    if logged is not None:
        return f"{logged:.0f} s, by its log"
    if function.by_share is not None and function.by_share < function.timeout_seconds:
        shared = f"{function.by_share:.0f} s while blue and green share its traffic"
        return f"{shared}, at 100 % after {timeout}"
    return timeout
