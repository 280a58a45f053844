"""A hotfix that is asked for: is blue red?"""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from handlers.adapters.clock import now, seconds
from handlers.domain.hotfix import Hotfix
from handlers.domain.registration.registration import Registration
from handlers.domain.verdict.alarms import AlarmState, name_of
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.red import RED_MINUTES, Counted, hotfix_note, hotfix_of

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
) -> tuple[Hotfix, str]:
    """The hotfix with what of blue is red, and what the plan says of it. `blues` are Lambda's name
    and blue's version of each function, `states` those of the registration's alarms.
    """
    at, period = now(), min(_MINUTE, settings.stratum_seconds)
    since = max(at - RED_MINUTES * 60, _alone_since(tools, registration.service))
    start = min(math.ceil(since / period) * period, at)
    # A period in which another version had a share of the traffic says nothing of blue.
    counted = [Counted(key, 0, 0) for key in sorted(blues)]
    if start < at:
        counted = list(_counted(tools, registration, blues, start, at, period))
    alarms = [name_of(arn) for arn, state in states.items() if state.red]
    hotfix = hotfix_of(reason, counted, alarms, settings)
    return hotfix, hotfix_note(hotfix, counted, settings, (at - start) / 60)


def _alone_since(tools: "Tools", service: str) -> float:
    """When the deployment before this one ended: until then another version may have had a share of
    what the alias counts.
    """
    claim = tools.claims.of(service)
    record = tools.journal.deployment(claim.deployment) if claim else None
    ended = (record or {}).get("endedAt")
    return seconds(ended) if ended else 0.0


def _counted(
    tools: "Tools",
    registration: Registration,
    blues: Mapping[str, tuple[str, str]],
    start: float,
    end: float,
    period: int,
) -> Iterator[Counted]:
    metrics = tools.metrics(registration.service, registration.alias)
    recent = metrics.recent(blues, start=start, end=end, period=period)
    for key, each in sorted(recent.items()):
        yield Counted(key, each.requests, min(each.requests, each.failures))
    versions = {key: blue for key, (_, blue) in blues.items()}
    own = metrics.metric_records(
        registration.metrics, versions, start=start, end=end, period=period
    )
    for metric in registration.metrics:
        record = own[metric.name]
        failures = record.failures(metric)
        if failures is not None:
            yield Counted(metric.name, round(record.total), failures)
