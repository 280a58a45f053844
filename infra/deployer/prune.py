"""The prune: deletes, once a day, the versions that nobody can call any more."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions


class Prune(Construct):
    """`greenshift-prune`, called once a day, and by `greenshift prune`.

    It has no queue for what could not be handled: the next prune looks at it again.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        function = GreenshiftFunction(
            self,
            "Function",
            name="prune",
            handler="handlers.listeners.prune.handler",
            timeout_seconds=840,
            settings=settings,
            statements=[
                permissions.read_ledger(),
                permissions.condemn_in_ledger(),
                permissions.take_turns(),
                permissions.read_registrations(),
                permissions.list_registrations(),
                permissions.read_versions(),
                permissions.delete_versions(),
                permissions.list_event_source_mappings(),
                permissions.read_apis(),
                permissions.read_metrics(),
            ],
            description="Deletes versions that Greenshift published and nobody can call any more.",
        )
        events.Rule(
            self,
            "Rule",
            rule_name="greenshift-prune",
            description="Greenshift's prune",
            schedule=events.Schedule.rate(Duration.days(1)),
            targets=[targets.LambdaFunction(function, retry_attempts=0)],
        )
