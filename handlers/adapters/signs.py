"""Signs for an operator's alarms: metrics in the embedded metric format, which the log takes."""

from typing import Literal

from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE = "Greenshift/Sweep"
PRUNE_NAMESPACE = "Greenshift/Prune"
BAKES = "Greenshift/Bake"
Sign = Literal["Asks", "DeadLetters", "NotWhole", "Unattended"]


def sign(name: Sign, service: str, count: int, *, namespace: str = NAMESPACE) -> None:
    """Counts something of the service that a person has to look at."""
    with single_metric(
        name=name, unit=MetricUnit.Count, value=count, namespace=namespace
    ) as metric:
        metric.add_dimension(name="service", value=service)


def pruned(service: str, *, deleted: int, freed: int, failed: int) -> None:
    """What a prune of the service came to: versions deleted, the bytes that they had, and how often
    it failed.
    """
    counts: tuple[tuple[str, MetricUnit, int], ...] = (
        ("Deleted", MetricUnit.Count, deleted),
        ("FreedBytes", MetricUnit.Bytes, freed),
        ("Failed", MetricUnit.Count, failed),
    )
    for name, unit, value in counts:
        with single_metric(name=name, unit=unit, value=value, namespace=PRUNE_NAMESPACE) as metric:
            metric.add_dimension(name="service", value=service)
