"""Is blue red, so that a hotfix may be shifted as one?"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.hotfix import Hotfix
from handlers.domain.verdict.apart import Span, is_apart
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.user_metric import UserMetric
from handlers.domain.verdict.worse import log_e_above

RED_MINUTES = 15
"""So much of blue's record says whether it is red, or less where it is not so long alone."""
OLDEST_MINUTES = 60
"""So far back it is looked for: a hotfix that failed had a part of the last minutes."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What blue did lately in one thing that can fail."""

    name: str
    requests: int
    failures: int

    def __str__(self) -> str:
        return f"{self.name} failed {self.failures:,} of {self.requests:,}"


def red_periods(at: float, period: int, spans: Sequence[Span]) -> list[int]:
    """The starts of the last periods of so many seconds, the newest first, that had begun at the
    epoch second `at` and meet none of the `spans` in which blue was not alone.
    """
    newest, oldest = int(at // period) * period, math.ceil(at - OLDEST_MINUTES * 60)
    alone = [
        start for start in range(newest, oldest, -period) if not is_apart(start, period, spans)
    ]
    return alone[: RED_MINUTES * 60 // period]


def is_red(counted: Counted, settings: BakeSettings) -> bool:
    """Whether it shows, at 1/alpha, that more than p_tol of its requests fail."""
    log_e = log_e_above(counted.requests, counted.failures, settings.p_tol)
    return log_e >= -math.log(settings.alpha)


def hotfix_of(
    reason: str, counted: Sequence[Counted], alarms: Sequence[str], settings: BakeSettings
) -> Hotfix:
    """The hotfix, by what blue did in the last minutes and the names of `alarms` that are red."""
    red = tuple(each.name for each in counted if is_red(each, settings))
    return Hotfix(reason=reason, red=red, alarms=tuple(alarms))


def hotfix_note(
    hotfix: Hotfix, counted: Sequence[Counted], settings: BakeSettings, minutes: float
) -> str:
    """What a plan says of it, from counts of so many minutes."""
    lately = f"in the last {minutes:.0f} minutes" if minutes >= 1.5 else "in the last minute"
    if not hotfix.turns:
        seen = max(counted, key=lambda each: each.failures / max(1, each.requests))
        return (
            f"{hotfix}, but blue is not red ({seen} {lately}, too little to show that more than "
            f"{settings.p_tol * 100:g} % fail, and no alarm is red): it is shifted and judged as "
            "always"
        )
    why = [f"{each} {lately}" for each in counted if each.name in hotfix.red]
    why += [f"the alarm {name} is red" for name in hotfix.alarms]
    return f"{hotfix}; blue is red: {'; '.join(why)}: green has to be shown better than blue"


def red_functions(hotfix: Hotfix | None, metrics: Sequence[UserMetric]) -> tuple[str, ...]:
    """The functions that are red, by their failures or by a metric of their own."""
    if hotfix is None:
        return ()
    counts = {metric.name: metric.function for metric in metrics}
    return tuple(counts.get(name, name) for name in hotfix.red)


def unmeasured(
    before: Mapping[str, Before], functions: Sequence[str], counted: Sequence[Counted]
) -> Iterator[tuple[str, Before]]:
    """Blue's records, those of the red `functions` without what is no measure for a green that
    works: a failing blue is often fast, and may get worse still. What stays is how much of it
    failed, as `counted`: a green that is alone may not fail more.
    """
    lately = {each.name: each for each in counted}
    for key, each in before.items():
        if key not in functions:
            yield key, each
            continue
        red = lately.get(key, Counted(key, 0, 0))
        yield (
            key,
            Before(
                requests=red.requests,
                failures=red.failures,
                throttles=red.requests + 1 if each.was_throttled else 0,
                memory_mb=each.memory_mb,
                red=True,
            ),
        )
