"""`orders` as the long list has it, with the handles that its scenarios turn."""

from pathlib import Path
from typing import Any

from accounts import Traffic
from deliveries import WORKER
from stage import Orders


class LoadOrders(Orders):
    """`orders`, of which every release changes both functions."""

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
