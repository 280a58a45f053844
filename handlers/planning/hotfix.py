"""A hotfix that is asked for: is blue red?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from handlers.adapters.clock import now
from handlers.domain.hotfix import Hotfix
from handlers.domain.registration.registration import Registration
from handlers.domain.verdict.alarms import AlarmState, name_of
from handlers.domain.verdict.apart import others_than_blue
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.red import (
    OLDEST_MINUTES,
    Counted,
    hotfix_note,
    hotfix_of,
    red_periods,
)
from handlers.planning.apart import deployed_since

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_MINUTE = 60


def look_at_blue(
    tools: "Tools",
    reason: str,
    registration: Registration,
    blues: Mapping[str, tuple[str, str]],
    states: Mapping[str, AlarmState],
    settings: BakeSettings,
) -> tuple[Hotfix, list[Counted], str]:
    """The hotfix with what of blue is red, what blue has counted lately, and what the plan says of
    it. `blues` are Lambda's name and blue's version of each function, `states` those of the
    registration's alarms.
    """
    at, period = now(), min(_MINUTE, settings.stratum_seconds)
    deployed = deployed_since(tools, registration.service, at - OLDEST_MINUTES * 60, at)
    starts = red_periods(at, period, others_than_blue(deployed))
    counted = [Counted(key, 0, 0) for key in sorted(blues)]
    if starts:
        counted = list(_counted(tools, registration, blues, starts, period))
    alarms = [name_of(arn) for arn, state in states.items() if state.red]
    hotfix = hotfix_of(reason, counted, alarms, settings)
    note = hotfix_note(hotfix, counted, settings, len(starts) * period / 60)
    return hotfix, counted, note


def _counted(
    tools: "Tools",
    registration: Registration,
    blues: Mapping[str, tuple[str, str]],
    starts: Sequence[int],
    period: int,
) -> Iterator[Counted]:
    metrics = tools.metrics(registration.service, registration.alias)
    recent = metrics.recent(blues, starts=starts, period=period)
    for key, each in sorted(recent.items()):
        yield Counted(key, each.requests, min(each.requests, each.failures))
    versions = {key: blue for key, (_, blue) in blues.items()}
    # These have blue's version in them, so that no other's counts are among theirs.
    start, end = min(starts), max(starts) + period
    own = metrics.metric_records(
        registration.metrics, versions, start=start, end=end, period=period
    )
    for metric in registration.metrics:
        record = own[metric.name]
        failures = record.failures(metric)
        if failures is not None:
            yield Counted(metric.name, round(record.total), failures)
