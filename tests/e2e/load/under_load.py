"""`orders` as the long list has it, with the handles that its scenarios turn."""

from pathlib import Path
from typing import Any

from accounts import Traffic
from deliveries import TABLE, WORKER
from stage import Orders

from infra.local.environment import Environment
from infra.sample.bring_up import Sample


class LoadOrders(Orders):
    """`orders`, of which every release changes both functions, and whose workers write down what they
    are given.
    """

    def __init__(self, environment: Environment, sample: Sample, folder: Path) -> None:
        super().__init__(environment, sample, folder)
        self.migration(TABLE)

    def bundle(self, version: str, **variant: Any) -> Path:
        return super().bundle(version, **{"worker": WORKER, **variant})

    def begin(self, version: str, **variant: Any) -> str:
        """Drops a bundle, and answers the execution that its event has started."""
        return self.started_by(self.drop(version, self.bundle(version, **variant)))

    def stop(self, execution: str) -> None:
        """Stops an execution as a person does in the console: none of its Catches runs."""
        self.client("stepfunctions").stop_execution(
            executionArn=execution, error="Stopped", cause="by a person in the console"
        )

    def traffic(self, scenario: str) -> Traffic:
        """Customers for the length of a scenario, whose account is kept."""
        return Traffic(self, scenario)
