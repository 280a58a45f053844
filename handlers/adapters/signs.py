"""Signs for an operator's alarms: metrics in the embedded metric format, which the log takes."""

from typing import Literal

from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE = "Greenshift/Sweep"
BAKES = "Greenshift/Bake"
Sign = Literal["NotWhole", "Unattended", "Asks"]


def sign(name: Sign, service: str, count: int, *, namespace: str = NAMESPACE) -> None:
    """Counts something of the service that a person has to look at."""
    with single_metric(
        name=name, unit=MetricUnit.Count, value=count, namespace=namespace
    ) as metric:
        metric.add_dimension(name="service", value=service)
