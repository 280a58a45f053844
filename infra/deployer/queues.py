"""Queues of deployments: at the end of one the next is started."""

from constructs import Construct

from infra.deployer.end_rule import EndRule, undelivered_queue
from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions


class Queues(Construct):
    """`greenshift-start-next`, called at the end of every execution, in whatever way.

    An event that could not be delivered or handled for a day lies in the dead-letter queue; the
    sweep starts what it was about.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        undelivered = undelivered_queue(self, "greenshift-start-next-undelivered")
        listener = GreenshiftFunction(
            self,
            "Function",
            name="start-next",
            handler="handlers.listeners.start_next.handler",
            timeout_seconds=120,
            settings=settings,
            statements=[
                permissions.write_ledger(),
                permissions.describe_executions(),
                permissions.start_machines(),
            ],
            description="Starts the next deployment that waits when one has ended.",
            dead_letter_queue=undelivered,
        )
        EndRule(
            self,
            "Rule",
            name="greenshift-start-next",
            description="Executions of Greenshift that have ended: the next ones' turn",
            statuses=["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
            listener=listener,
            undelivered=undelivered,
        )
