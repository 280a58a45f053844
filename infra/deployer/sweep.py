"""The sweep: finds on a schedule what no event told of."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions

EVERY_MINUTES = 5


class Sweep(Construct):
    """`greenshift-sweep`, called every five minutes; it ends before it is called again.

    It has no queue for what could not be handled: the next sweep looks at it again.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        function = GreenshiftFunction(
            self,
            "Function",
            name="sweep",
            handler="handlers.listeners.sweep.handler",
            timeout_seconds=EVERY_MINUTES * 60 - 20,
            settings=settings,
            statements=[
                permissions.write_ledger(),
                permissions.list_registrations(),
                permissions.read_functions(),
                permissions.read_queues(),
                permissions.change_functions("InvokeFunction"),
                permissions.describe_executions(),
                permissions.start_machines(),
            ],
            description="Finds open claims, queues at rest, moved aliases; keeps blue callable.",
        )
        events.Rule(
            self,
            "Rule",
            rule_name="greenshift-sweep",
            description="Greenshift's sweep",
            schedule=events.Schedule.rate(Duration.minutes(EVERY_MINUTES)),
            targets=[targets.LambdaFunction(function, retry_attempts=0)],
        )
