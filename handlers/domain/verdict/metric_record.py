"""What blue has counted of the service's own metrics before the shift, and what a plan says."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.verdict.user_metric import UserMetric


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """The sums of one metric over some hours or minutes."""

    total: float
    part: float

    def failures(self, metric: UserMetric) -> int | None:
        """How many failed of the whole `total`; None where the sums cannot be counts."""
        if not (math.isfinite(self.total) and 0 <= self.part <= self.total):
            return None
        return round(self.total - self.part if metric.counts == "succeeded" else self.part)


def foreseen(metrics: Sequence[UserMetric], records: Mapping[str, MetricRecord]) -> list[str]:
    """What a plan says of the metrics that this bake cannot compare, or not as they are meant."""
    return [told for each in metrics if (told := _told(each, records[each.name]))]


def _told(metric: UserMetric, record: MetricRecord) -> str | None:
    if not record.total:
        return (
            f"{metric.name} says nothing: blue has counted no {metric.total} by "
            f"{metric.version_dimension} in {metric.namespace} in a day"
        )
    if record.failures(metric) is None:
        return (
            f"{metric.name} is in doubt: blue has counted {record.part:,g} {metric.part} of "
            f"{record.total:,g} {metric.total}, and such minutes are left out"
        )
    if not record.part:
        means = "all of them failed" if metric.counts == "succeeded" else "none of them failed"
        return (
            f"{metric.name}: blue has counted {metric.total} and no {metric.part} in a day, so "
            f"{means}; where it cannot count {metric.part} yet, this release is judged wrongly"
        )
    return None
