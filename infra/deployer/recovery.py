"""The recovery rule: an execution that ends without RollBack leaves its service whole."""

from constructs import Construct

from infra.deployer.end_rule import EndRule, undelivered_queue
from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions


class Recovery(Construct):
    """`greenshift-recover`, called at the end of every execution that did not succeed.

    An event that could not be delivered or handled for a day lies in the dead-letter queue.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        undelivered = undelivered_queue(self, "greenshift-recover-undelivered")
        listener = GreenshiftFunction(
            self,
            "Function",
            name="recover",
            handler="handlers.listeners.recover.handler",
            timeout_seconds=120,
            settings=settings,
            statements=[
                permissions.read_ledger(),
                permissions.describe_executions(),
                permissions.start_machines(),
            ],
            description="Starts a recovery for an execution that ended without one.",
            dead_letter_queue=undelivered,
        )
        EndRule(
            self,
            "Rule",
            name="greenshift-recover",
            description="Executions of Greenshift that failed, timed out or were stopped",
            statuses=["FAILED", "TIMED_OUT", "ABORTED"],
            listener=listener,
            undelivered=undelivered,
        )
